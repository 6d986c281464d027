/** `hook install`, `remove`, `catalogue` and `doctor`: coding agents on this machine ask before their tools run. */
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { EXAMINED, examineClient, type Finding, isExamined } from '../../coding/doctor/examine-client.ts'
import { CLIENT_SETTINGS } from '../../coding/install/client-settings.ts'
import * as hooks from '../../coding/install/install-hook.ts'
import { CLIENTS, type CodingClient, codingClient } from '../../domain/coding/coding-call.ts'
import { WORKSTATION } from '../../domain/coding/workstation.ts'
import { kindOfCredential } from '../../domain/identity/credential.ts'
import { fileBytes } from '../arguments/json-file.ts'
import { contextOf } from '../context.ts'
import { profilesFile } from '../credential/profiles.ts'
import { EXIT, Failure, usage } from '../exit.ts'
import { jsonText } from '../terminal/output.ts'
import { table } from '../terminal/table.ts'

interface PlaceOptions {
  readonly project?: true
  readonly managed?: true
}

interface InstallOptions extends PlaceOptions {
  readonly agentCredential: string
  readonly executorCredential: string
  readonly deadline: number
  readonly http?: true
}

const MANAGED_SETTINGS = '/etc/countersign/hook.json'

export async function installHook(name: string, options: InstallOptions, command: Command): Promise<void> {
  const { output, url } = contextOf(command)
  const client = clientNamed(name)
  if (options.http && client !== 'claude-code') throw usage('--http is for claude-code: no other client calls by HTTP.')
  const settings = {
    url: url(),
    agent: credentialIn(options.agentCredential, 'agent'),
    executor: credentialIn(options.executorCredential, 'executor'),
    deadlineSeconds: options.deadline,
  }
  const own = options.managed ? MANAGED_SETTINGS : join(dirname(profilesFile(process.env)), 'hook.json')
  const file = fileFor(client, options)
  const program = join(dirname(fileURLToPath(import.meta.url)), 'hook.js')
  const hook = hooks.hookCommand(client, program, own, settings, options.http === true)
  const { title, pin } = CLIENT_SETTINGS[client]
  written(() => {
    if (options.managed && pin) hooks.pinHooks(pin)
    hooks.writeOwnSettings(own, settings, options.managed ? 'everybody' : 'owner')
    hooks.installHook(client, file, hook, options.managed ? 'everybody' : 'owner')
  })
  const done = `${title} asks ${settings.url} before its tools run: ${file}, ${own}.`
  const next = isExamined(client) ? `countersign hook doctor ${client} shows what it does when the hook fails.` : ''
  output.done(
    { client, file, settings: own, hook },
    [done, noteFor(client, options), next].filter(Boolean).join('\n  '),
  )
}

/** What a user has to do besides. */
function noteFor(client: CodingClient, { managed, http }: InstallOptions): string {
  if (http) return 'A hook over HTTP reads COUNTERSIGN_AGENT_CREDENTIAL and COUNTERSIGN_EXECUTOR_CREDENTIAL.'
  const isToBeTrusted = client === 'codex' && !managed
  return isToBeTrusted ? 'Codex runs it once you have trusted it: start codex and enter /hooks.' : ''
}

export async function removeHook(name: string, options: PlaceOptions, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const file = fileFor(clientNamed(name), options)
  const removed = written(() => hooks.removeHook(file))
  output.done({ file, removed }, removed ? `The hook is no longer in ${file}.` : `There is no hook of ours in ${file}.`)
}

/** The actions of this machine, for `executor add --catalogue`. */
export async function printCatalogue(_: object, command: Command): Promise<void> {
  const { output } = contextOf(command)
  output.result(WORKSTATION, jsonText(WORKSTATION, 2))
}

interface DoctorOptions {
  readonly bare?: true
}

export async function examineHooks(name: string | undefined, options: DoctorOptions, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const client = name === undefined ? undefined : clientNamed(name)
  if (client !== undefined && !isExamined(client))
    throw usage(`${CLIENT_SETTINGS[client].title} cannot be driven by a scripted model. Try ${EXAMINED.join(', ')}.`)
  const found: { readonly client: CodingClient; readonly findings: readonly Finding[] }[] = []
  for (const one of client === undefined ? EXAMINED : [client]) {
    output.note(`Starting ${CLIENT_SETTINGS[one].title} several times, with hooks that fail…`)
    found.push({ client: one, findings: await examineClient(one, { path: undefined, bare: options.bare === true }) })
  }
  const all = found.flatMap(({ client: one, findings }) => findings.map((finding) => ({ client: one, ...finding })))
  if (all.some(({ did }) => did === 'ran')) process.exitCode = EXIT.failed
  const rows = all.map(({ client: one, fault, did }) => [one, `the hook ${fault}`, WORDS[did]])
  output.result(all, table(['CLIENT', 'WHERE', 'THE COMMAND'], rows, { paint: output.paint, nothing: '' }))
}

const WORDS: Readonly<Record<Finding['did'], string>> = {
  blocked: 'did not run',
  ran: 'RAN',
  unknown: 'was never tried: is the client installed?',
}

function clientNamed(name: string): CodingClient {
  const client = codingClient(name)
  if (client === undefined) throw usage(`No client is called ${name}. There are ${CLIENTS.join(', ')}.`)
  return client
}

function fileFor(client: CodingClient, { project, managed }: PlaceOptions): string {
  if (project && managed) throw usage('Choose one of --project and --managed.')
  const where = managed ? 'managed' : project ? 'project' : 'user'
  return written(() => hooks.settingsFile(client, where, { home: homedir(), folder: process.cwd() }))
}

function credentialIn(file: string, kind: 'agent' | 'executor'): string {
  const credential = fileBytes(file).toString().trim()
  if (kindOfCredential(credential) === kind) return credential
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
