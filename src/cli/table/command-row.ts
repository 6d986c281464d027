/** A row of the table of commands: how it is called, its help, the credential it needs, and where its code is. */
import { type Command, Option } from 'commander'
import type { CredentialKind } from '../../domain/identity/parties.ts'
import { collect, integerBetween } from '../arguments/option-values.ts'

/** Takes the command's arguments, then its options, then the `Command`. */
type CommandAction = Parameters<Command['action']>[0]

export interface CommandHelp {
  readonly description: string
  readonly options?: readonly Option[]
  readonly examples?: readonly string[]
  readonly notes?: string
  /** The kinds of credential that it calls with, any one of them. */
  readonly needs?: readonly CredentialKind[]
}

export interface CommandRow {
  /** The words and arguments that call it, such as `agent add <id>`. */
  readonly usage: string
  readonly help: CommandHelp
  readonly load: () => Promise<CommandAction>
}

/** `name`: its function in the module. */
export const command = <Name extends string>(
  usage: string,
  load: () => Promise<Readonly<Record<Name, CommandAction>>>,
  name: Name,
  help: CommandHelp,
): CommandRow => ({ usage, help, load: async () => (await load())[name] })

export const option = (flags: string, description: string): Option => new Option(flags, description)
export const required = (flags: string, description: string): Option => option(flags, description).makeOptionMandatory()
export const repeatable = (flags: string, description: string): Option => option(flags, description).argParser(collect)
export const port = (flags: string, description: string): Option =>
  option(flags, description).argParser(integerBetween(0, 65_535))

export const changeReason = option('--reason <text>', 'shown to the admin who consents')
