/**
 * Makes the hook of an installed client fail in every way, and sees what the client then does: in a home of its own, with
 * a scripted model that asks for one harmless command. SPEC 15.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { CodingClient } from '../../domain/coding/coding-call.ts'
import { CLIENT_SETTINGS, type Settings, withHook } from '../install/client-settings.ts'
import { guardedLine } from '../install/shell-line.ts'
import { startScriptedModel } from './scripted-model.ts'

export const FAULTS = ['crashes', 'is missing', 'is killed', 'hangs', 'babbles', 'is silent'] as const
export type Fault = (typeof FAULTS)[number]

export interface Finding {
  readonly fault: Fault
  /** `unknown`: the client never came so far as to try the command. */
  readonly did: 'blocked' | 'ran' | 'unknown'
}

/** Clients that can be driven without a person and an account. */
export const EXAMINED = ['claude-code', 'gemini', 'codex', 'copilot'] as const
export type ExaminedClient = (typeof EXAMINED)[number]

interface Drive {
  readonly program: string
  readonly args: (model: string) => readonly string[]
  readonly environment: (model: string, home: string) => Readonly<Record<string, string>>
  /** Settings beside the hook, and further files below its home. */
  readonly settings?: Settings
  readonly files?: (model: string) => Readonly<Record<string, string>>
}

const PROMPT = 'Make the file.'

const DRIVES: Readonly<Record<ExaminedClient, Drive>> = {
  'claude-code': {
    program: 'claude',
    args: () => ['-p', PROMPT, '--allowedTools', 'Bash', '--max-turns', '3'],
    environment: (model) => ({
      ANTHROPIC_BASE_URL: model,
      ANTHROPIC_API_KEY: 'scripted',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    }),
  },
  gemini: {
    program: 'gemini',
    args: () => ['-p', PROMPT, '--yolo', '-m', 'gemini-2.5-flash', '--skip-trust'],
    environment: (model) => ({
      GEMINI_API_KEY: 'scripted',
      GOOGLE_GEMINI_BASE_URL: model,
      GEMINI_CLI_NO_RELAUNCH: 'true',
      GEMINI_TELEMETRY_ENABLED: 'false',
    }),
    settings: { security: { auth: { selectedType: 'gemini-api-key' } } },
  },
  codex: {
    program: 'codex',
    args: () => [
      'exec',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      '--dangerously-bypass-hook-trust',
      PROMPT,
    ],
    environment: (_, home) => ({ CODEX_HOME: join(home, '.codex'), SCRIPTED_KEY: 'scripted' }),
    files: (model) => ({
      '.codex/config.toml': `model = "scripted"
model_provider = "scripted"
[model_providers.scripted]
name = "scripted"
base_url = "${model}/v1"
env_key = "SCRIPTED_KEY"
wire_api = "responses"
request_max_retries = 0
[features]
hooks = true
`,
    }),
  },
  copilot: {
    program: 'copilot',
    args: () => ['-p', PROMPT, '--allow-all-tools'],
    environment: (model) => ({
      COPILOT_PROVIDER_BASE_URL: model,
      COPILOT_PROVIDER_TYPE: 'anthropic',
      COPILOT_PROVIDER_API_KEY: 'scripted',
      COPILOT_MODEL: 'claude-sonnet-4',
      COPILOT_OFFLINE: 'true',
      COPILOT_AUTO_UPDATE: 'false',
    }),
  },
}

/** What stands in place of our program: the rest of the command is as installed. */
const FAILING: Readonly<Record<Fault, string>> = {
  crashes: "sh -c 'exit 1'",
  'is missing': '/nowhere/countersign-hook',
  'is killed': "sh -c 'kill -9 $$'",
  hangs: 'sleep 600',
  babbles: "sh -c 'echo this is no answer'",
  'is silent': 'true',
}

const HOOK_TIMEOUT_SECONDS = 4
const CLIENT_TIMEOUT_MS = 90_000

/** Whether its program is on the PATH. */
export function isInstalled(client: ExaminedClient, path = process.env['PATH'] ?? ''): boolean {
  const { program } = DRIVES[client]
  return path.split(delimiter).some((folder) => folder !== '' && isProgram(join(folder, program)))
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export interface Examination {
  /** Of the program on the PATH. */
  readonly path: string | undefined
  /** As `countersign hook install` writes it, or bare, as hooks are usually written. */
  readonly bare: boolean
}

/** One run of the client for each fault, one after another. */
export async function examineClient(client: ExaminedClient, examination: Examination): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const fault of FAULTS) findings.push({ fault, did: await didRun(client, fault, examination) })
  return findings
}

async function didRun(client: ExaminedClient, fault: Fault, { path, bare }: Examination): Promise<Finding['did']> {
  const home = mkdtempSync(join(tmpdir(), 'countersign-doctor-'))
  const marker = join(home, 'it-ran')
  const tried = join(home, 'hook-was-called')
  const model = await startScriptedModel(`touch ${marker}`)
  try {
    const failing = FAILING[fault]
    const command = `touch ${tried}; ${bare ? failing : guardedLine(client, failing, HOOK_TIMEOUT_SECONDS - 2)}`
    prepareHome(client, home, model.url)
    prepare(client, home, command, bare)
    await startClient(client, home, model.url, path, () => existsSync(marker))
    if (existsSync(marker)) return 'ran'
    return existsSync(tried) ? 'blocked' : 'unknown'
  } finally {
    await model.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

function prepare(client: ExaminedClient, home: string, command: string, bare: boolean): void {
  const hook = { command, timeoutSeconds: HOOK_TIMEOUT_SECONDS }
  const settings = JSON.stringify(withHook(client, DRIVES[client].settings ?? {}, hook))
  const { user } = CLIENT_SETTINGS[client].places(process.platform)
  write(home, user, bare ? settings.replace(/,"(?:onFailure":"block"|failClosed":true)/g, '') : settings)
}

/** Has the client speak to its scripted model. */
export function prepareHome(client: ExaminedClient, home: string, model: string): void {
  const { settings = {}, files } = DRIVES[client]
  write(home, CLIENT_SETTINGS[client].places(process.platform).user, JSON.stringify(settings))
  for (const [path, text] of Object.entries(files?.(model) ?? {})) write(home, path, text)
}

function write(home: string, path: string, text: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true })
  writeFileSync(join(home, path), text)
}

/** Runs the client in a home, with a prompt that its scripted model does not read. Resolves when it ended. */
export async function startClient(
  client: ExaminedClient,
  home: string,
  model: string,
  path: string | undefined,
  isEnough: () => boolean = () => false,
): Promise<void> {
  const { program, args, environment } = DRIVES[client]
  const env = { PATH: path ?? process.env['PATH'], HOME: home, TERM: 'dumb', ...environment(model, home) }
  const child = spawn(program, args(model), { cwd: home, env, stdio: ['ignore', 'ignore', 'ignore'], detached: true })
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
  const late = setTimeout(end, CLIENT_TIMEOUT_MS)
  const watch = setInterval(() => isEnough() && end(), 200)
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  clearTimeout(late)
  clearInterval(watch)
}

export const isExamined = (client: CodingClient): client is ExaminedClient => EXAMINED.some((one) => one === client)
