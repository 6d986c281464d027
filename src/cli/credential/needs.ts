/** The kinds of credential that each command is for, as the table of commands states them. */
import type { Command } from 'commander'
import type { CredentialKind } from '../../domain/identity/parties.ts'

const needs = new WeakMap<Command, readonly CredentialKind[]>()

export const declareNeeds = (command: Command, kinds: readonly CredentialKind[]): void => void needs.set(command, kinds)

/** Empty for a command that calls with none. */
export const needsOf = (command: Command): readonly CredentialKind[] => needs.get(command) ?? []
