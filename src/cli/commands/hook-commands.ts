/** `hook install`, `remove` and `catalogue`: coding agents on this machine ask before their tools run. */
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { isExamined } from '../../coding/doctor/examine-client.ts'
import { CLIENT_SETTINGS } from '../../coding/install/client-settings.ts'
import * as hooks from '../../coding/install/install-hook.ts'
import type { CodingClient } from '../../domain/coding/coding-call.ts'
import { WORKSTATION } from '../../domain/coding/workstation.ts'
import { kindOfCredential } from '../../domain/identity/credential.ts'
import { fileBytes } from '../arguments/json-file.ts'
import { type Context, contextOf } from '../context.ts'
import { refusalOfPlainHttp } from '../credential/credential-source.ts'
import { profilesFile } from '../credential/profiles.ts'
import { EXIT, Failure, usage } from '../exit.ts'
import { checkParties, type HeldCredential, type HookParties, type KnownParties } from '../hooks/check-parties.ts'
import { clientNamed } from '../hooks/client-named.ts'
import { jsonText } from '../terminal/output.ts'

interface PlaceOptions {
  readonly project?: true
  readonly managed?: true
}

interface InstallOptions extends PlaceOptions {
  readonly agentCredential: string
  readonly executorCredential: string
  readonly deadline: number
  readonly http?: true
  readonly unchecked?: true
}

export async function installHook(name: string, options: InstallOptions, command: Command): Promise<void> {
  const context = contextOf(command)
  const client = clientNamed(name)
  if (options.http && client !== 'claude-code') throw usage('--http is for claude-code: no other client calls by HTTP.')
  const parties = partiesOf(client, context.url(), options)
  const { file, own } = filesFor(client, options)
  const known = options.unchecked ? undefined : await checked(context, parties)
  const hook = write(parties, options, { file, own })
  const lines = [
    `${CLIENT_SETTINGS[client].title} asks ${parties.url} before its tools run, ${asWhom(known)}.`,
    `Settings: ${file}`,
    credentialsIn(options, own),
    noteFor(client, options),
    isExamined(client) ? `countersign hook doctor ${client} shows what it does when the hook fails.` : '',
  ]
  const { url } = parties
  context.output.done({ client, url, file, settings: own, hook, ...known }, lines.filter(Boolean).join('\n  '))
}

function partiesOf(client: CodingClient, url: string, options: InstallOptions): HookParties {
  const refused = refusalOfPlainHttp(url)
  if (refused !== undefined) throw usage(refused)
  return {
    client,
    url,
    agent: credentialIn(options.agentCredential, 'agent'),
    executor: credentialIn(options.executorCredential, 'executor'),
  }
}

async function checked({ output, isDefaultUrl }: Context, parties: HookParties): Promise<KnownParties> {
  if (isDefaultUrl())
    output.note(`No authority is named, so the hook is for ${parties.url}. --url and COUNTERSIGN_URL name another.`)
  return checkParties(parties)
}

interface Files {
  readonly file: string
  readonly own: string
}

function write({ client, url, agent, executor }: HookParties, options: InstallOptions, { file, own }: Files) {
  const settings = { url, agent: agent.secret, executor: executor.secret, deadlineSeconds: options.deadline }
  const program = join(dirname(fileURLToPath(import.meta.url)), 'hook.js')
  const hook = hooks.hookCommand(client, program, own, settings, options.http === true)
  const readers = options.managed ? 'everybody' : 'owner'
  const { pin } = CLIENT_SETTINGS[client]
  written(() => {
    if (options.managed && pin) hooks.pinHooks(pin)
    if (!options.http) hooks.writeOwnSettings(own, settings, readers)
    hooks.installHook(client, file, hook, readers)
  })
  return hook
}

const asWhom = (known: KnownParties | undefined): string =>
  known === undefined ? 'which was not checked' : `as ${known.agent} at ${known.audience}`

const VARIABLES = 'COUNTERSIGN_AGENT_CREDENTIAL and COUNTERSIGN_EXECUTOR_CREDENTIAL'

const credentialsIn = ({ http }: InstallOptions, own: string): string =>
  http ? `Credentials: a hook over HTTP reads ${VARIABLES}.` : `Credentials: ${own}`

/** What a user has to do besides. */
const noteFor = (client: CodingClient, { managed }: InstallOptions): string =>
  client === 'codex' && !managed ? 'Codex runs it once you have trusted it: start codex and enter /hooks.' : ''

export async function removeHook(name: string, options: PlaceOptions, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const { file, own } = filesFor(clientNamed(name), options)
  const removed = written(() => hooks.removeHook(file))
  const deleted = written(() => hooks.removeOwnSettings(own))
  const lines = [
    removed ? `The hook is no longer in ${file}.` : `There is no hook of ours in ${file}.`,
    deleted ? `Its credentials in ${own} are deleted.` : '',
    removed && !deleted ? `It had its credentials from ${VARIABLES}, if they are set.` : '',
    removed || deleted ? 'They stay valid until an operator revokes them: countersign credential revoke.' : '',
  ]
  output.done({ file, removed, settings: own, deleted }, lines.filter(Boolean).join('\n  '))
}

/** The actions of this machine, for `executor add --catalogue`. */
export async function printCatalogue(_: object, command: Command): Promise<void> {
  const { output } = contextOf(command)
  output.result(WORKSTATION, jsonText(WORKSTATION, 2))
}

function filesFor(client: CodingClient, { project, managed }: PlaceOptions): Files {
  if (project && managed) throw usage('Choose one of --project and --managed.')
  const where = managed ? 'managed' : project ? 'project' : 'user'
  const places = { home: homedir(), folder: process.cwd(), config: dirname(profilesFile(process.env)) }
  const file = written(() => hooks.settingsFile(client, where, places))
  return { file, own: hooks.ownSettingsFile(client, where, places) }
}

function credentialIn(file: string, kind: 'agent' | 'executor'): HeldCredential {
  const secret = fileBytes(file).toString().trim()
  if (kindOfCredential(secret) === kind) return { file, secret }
  throw usage(`${file} holds no credential of an ${kind}: it begins with cs_${kind}_.`)
}

function written<Value>(work: () => Value): Value {
  try {
    return work()
  } catch (error) {
    if (error instanceof hooks.NotInstalled) throw new Failure('invalid_request', error.message, EXIT.failed)
    throw error
  }
}
