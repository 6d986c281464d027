/**
 * Where each coding agent reads hooks from, and what stands there. `--managed` is the place that only the administrator of
 * the machine can write. What a client does when a hook fails is its own: `countersign hook doctor` shows it.
 */
import type { CodingClient } from '../../domain/coding/coding-call.ts'

/** A value of JSON, as settings hold it. */
export type Settings = { [name: string]: unknown }

export interface HookPlaces {
  readonly user: string
  readonly project: string
  /** Null where the client has none. */
  readonly managed: string | null
}

export interface HookCommand {
  /** For a shell: the client runs it so. */
  readonly command: string
  /** The client gives up after this many seconds; the hook itself answers before. */
  readonly timeoutSeconds: number
  /** After a call, to tell how it ended; undefined where nothing is to be told. */
  readonly after?: string | undefined
  /** The authority’s endpoint, where the client is to call it by itself. */
  readonly http?: { readonly url: string } | undefined
}

/** A line of TOML, in a table. */
export interface Pin {
  readonly file: string
  readonly table: string
  readonly line: string
}

/** The hook itself gives up before. */
const AFTER_SECONDS = 10

interface ClientSettings {
  readonly title: string
  readonly places: (platform: string) => HookPlaces
  /** The lists of hooks, by event, with our own entry in each. */
  readonly entries: (hook: HookCommand) => Readonly<Record<string, Settings>>
  /** A line of another file, without which users can switch managed hooks off. */
  readonly pin?: Pin
  /** A member that switches hooks on, and what it says. */
  readonly on?: { readonly member: string; readonly value: Settings }
  /** Members that the file has beside `hooks`. */
  readonly others?: Settings
}

const SYSTEM = {
  'claude-code': { darwin: '/Library/Application Support/ClaudeCode', linux: '/etc/claude-code' },
  gemini: { darwin: '/Library/Application Support/GeminiCli', linux: '/etc/gemini-cli' },
  cursor: { darwin: '/Library/Application Support/Cursor', linux: '/etc/cursor' },
} as const

const systemFolder = (client: keyof typeof SYSTEM, platform: string): string =>
  platform === 'darwin' ? SYSTEM[client].darwin : SYSTEM[client].linux

const CREDENTIALS = ['COUNTERSIGN_AGENT_CREDENTIAL', 'COUNTERSIGN_EXECUTOR_CREDENTIAL'] as const

export const CLIENT_SETTINGS: Readonly<Record<CodingClient, ClientSettings>> = {
  'claude-code': {
    title: 'Claude Code',
    places: (platform) => ({
      user: '.claude/settings.json',
      project: '.claude/settings.json',
      managed: `${systemFolder('claude-code', platform)}/managed-settings.json`,
    }),
    entries: ({ command, timeoutSeconds, after, http }) => {
      const call = (by: Settings) => ({
        matcher: '*',
        hooks: [{ ...(http ? overHttp(http.url) : { type: 'command' }), ...by }],
      })
      const own = (words: string) => (http ? {} : { command: words })
      const told = after && call({ ...own(after), timeout: AFTER_SECONDS })
      return {
        PreToolUse: call({ ...own(command), timeout: timeoutSeconds, onFailure: 'block' }),
        ...(told && { PostToolUse: told, PostToolUseFailure: told }),
      }
    },
  },
  gemini: {
    title: 'Gemini CLI',
    places: (platform) => ({
      user: '.gemini/settings.json',
      project: '.gemini/settings.json',
      managed: `${systemFolder('gemini', platform)}/settings.json`,
    }),
    entries: ({ command, timeoutSeconds, after }) => {
      const call = (words: string, seconds: number) => ({
        matcher: '.*',
        hooks: [{ type: 'command', name: 'countersign', command: words, timeout: seconds * 1000 }],
      })
      return { BeforeTool: call(command, timeoutSeconds), ...(after && { AfterTool: call(after, AFTER_SECONDS) }) }
    },
    on: { member: 'hooksConfig', value: { enabled: true } },
  },
  codex: {
    title: 'Codex',
    places: () => ({ user: '.codex/hooks.json', project: '.codex/hooks.json', managed: '/etc/codex/hooks.json' }),
    pin: { file: '/etc/codex/requirements.toml', table: 'features', line: 'hooks = true' },
    entries: ({ command, timeoutSeconds }) => ({
      PreToolUse: { matcher: '.*', hooks: [{ type: 'command', command, timeout: timeoutSeconds }] },
    }),
  },
  cursor: {
    title: 'Cursor',
    places: (platform) => ({
      user: '.cursor/hooks.json',
      project: '.cursor/hooks.json',
      managed: `${systemFolder('cursor', platform)}/hooks.json`,
    }),
    entries: ({ command, timeoutSeconds, after }) => {
      const entry = { command, timeout: timeoutSeconds, failClosed: true }
      const matcher = 'Write|Edit|StrReplace|MultiEdit|Delete|ApplyPatch|TabWrite'
      const told = after && { command: after, timeout: AFTER_SECONDS, matcher }
      return {
        beforeShellExecution: entry,
        beforeMCPExecution: entry,
        preToolUse: { ...entry, matcher },
        // Of commands and MCP calls Cursor tells no status.
        ...(told && { postToolUse: told, postToolUseFailure: told }),
      }
    },
    others: { version: 1 },
  },
  copilot: {
    title: 'Copilot CLI',
    places: () => ({
      user: '.copilot/hooks/countersign.json',
      project: '.github/hooks/countersign.json',
      managed: null,
    }),
    entries: ({ command, timeoutSeconds, after }) => ({
      preToolUse: { type: 'command', bash: command, timeoutSec: timeoutSeconds, failClosed: true },
      ...(after && { postToolUse: { type: 'command', bash: after, timeoutSec: AFTER_SECONDS } }),
    }),
    others: { version: 1 },
  },
}

/** Claude Code fills in variables that are named. */
const overHttp = (url: string): Settings => ({
  type: 'http',
  url,
  headers: {
    Authorization: `Bearer $${CREDENTIALS[0]}`,
    'Executor-Authorization': `Bearer $${CREDENTIALS[1]}`,
    Prefer: 'wait=50',
  },
  allowedEnvVars: [...CREDENTIALS],
})

/** The mark by which our own entries are found again. */
const OURS = /hook\.js["']? |\/hooks\/(?:claude-code|gemini|codex|cursor|copilot)["']?/

const isOurs = (entry: unknown): boolean => OURS.test(JSON.stringify(entry))

/** The settings with our entries at the end of their lists, in place of earlier ones of ours. */
export function withHook(client: CodingClient, settings: Settings, hook: HookCommand): Settings {
  const { entries, others, on } = CLIENT_SETTINGS[client]
  const hooks = { ...hooksIn(withoutHook(settings)) }
  for (const [event, entry] of Object.entries(entries(hook))) hooks[event] = [...listIn(hooks, event), entry]
  const switched = on && { [on.member]: { ...objectIn(settings, on.member), ...on.value } }
  return { ...others, ...settings, ...switched, hooks }
}

export function withoutHook(settings: Settings): Settings {
  const hooks = Object.fromEntries(
    Object.entries(hooksIn(settings)).flatMap(([event, list]) => {
      if (!Array.isArray(list)) return [[event, list]]
      const kept = list.filter((entry) => !isOurs(entry))
      return kept.length > 0 || list.length === 0 ? [[event, kept]] : []
    }),
  )
  return { ...settings, hooks }
}

const hooksIn = (settings: Settings): Settings => objectIn(settings, 'hooks')

function objectIn(settings: Settings, name: string): Settings {
  const member = settings[name]
  return typeof member === 'object' && member !== null && !Array.isArray(member) ? { ...member } : {}
}

function listIn(hooks: Settings, event: string): readonly unknown[] {
  const list = hooks[event]
  return Array.isArray(list) ? list : []
}
