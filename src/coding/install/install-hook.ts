/**
 * Writes the hook into a client's settings and its own settings beside it. A file that is no JSON is left as it is. What
 * stood in the file stays; an earlier entry of ours is replaced.
 */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CodingClient } from '../../domain/coding/coding-call.ts'
import { CLIENT_SETTINGS, type HookCommand, type Pin, type Settings, withHook, withoutHook } from './client-settings.ts'
import { guardedLine, quoted } from './shell-line.ts'

export type Where = 'user' | 'project' | 'managed'

export interface HookSettings {
  readonly url: string
  readonly agent: string
  readonly executor: string
  readonly deadlineSeconds: number
}

/** Thrown with words for the user. */
export class NotInstalled extends Error {}

/** How much later than the hook itself the client gives up. */
const GRACE_SECONDS = 10

/** The file of a client’s settings. */
export function settingsFile(client: CodingClient, where: Where, { home, folder }: Omit<Places, 'config'>): string {
  const { title, places } = CLIENT_SETTINGS[client]
  const { user, project, managed } = places(process.platform)
  if (where === 'user') return join(home, user)
  if (where === 'project') return join(folder, project)
  if (managed === null) throw new NotInstalled(`${title} has no managed place for hooks that this command can write.`)
  return managed
}

/** The file of our own settings for it, which holds the credentials: one for each installed hook. */
export function ownSettingsFile(client: CodingClient, where: Where, { config, folder }: Places): string {
  if (where === 'managed') return `/etc/countersign/hook-${client}.json`
  const mark = where === 'project' ? `-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}` : ''
  return join(config, `hook-${client}${mark}.json`)
}

export interface Places {
  readonly home: string
  /** Of our own settings. */
  readonly config: string
  /** The project. */
  readonly folder: string
}

export function hookCommand(
  client: CodingClient,
  program: string,
  own: string,
  { url, deadlineSeconds }: Pick<HookSettings, 'url' | 'deadlineSeconds'>,
  http: boolean,
): HookCommand {
  const words = [process.execPath, program, client, own].map(quoted).join(' ')
  return {
    command: guardedLine(client, words, deadlineSeconds + 1),
    after: `${words} after >/dev/null 2>&1 || true`,
    timeoutSeconds: deadlineSeconds + GRACE_SECONDS,
    http: http ? { url: new URL(`/hooks/${client}`, url).href } : undefined,
  }
}

/** `everybody`: hooks run as the user of the client, and clients pass over settings that they cannot read. */
export type Readers = 'owner' | 'everybody'

export function writeOwnSettings(file: string, settings: HookSettings, readers: Readers): void {
  replaceFile(file, settings)
  chmodSync(file, readers === 'everybody' ? 0o644 : 0o600)
}

export function installHook(client: CodingClient, file: string, hook: HookCommand, readers: Readers): void {
  replaceFile(file, withHook(client, readSettings(file), hook))
  if (readers === 'everybody') chmodSync(file, 0o644)
}

/** Writes the line by which users cannot switch managed hooks off. A file that has others is for its administrator. */
export function pinHooks({ file, table, line }: Pin): void {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (isPinned(text, { table, line })) return
  if (text.trim() !== '')
    throw new NotInstalled(
      `${file} does not say ${line} in [${table}], so users could switch the hook off. Add it, then install the hook again.`,
    )
  replaceText(file, `[${table}]\n${line}\n`)
  chmodSync(file, 0o644)
}

/** Lines of one table, spaces aside. */
export function isPinned(text: string, { table, line }: Omit<Pin, 'file'>): boolean {
  const lines = text.split('\n').map((one) => one.replace(/\s|#.*/g, ''))
  const rest = lines.slice(lines.indexOf(`[${table}]`) + 1)
  const end = rest.findIndex((one) => one.startsWith('['))
  return lines.includes(`[${table}]`) && rest.slice(0, end < 0 ? undefined : end).includes(line.replaceAll(' ', ''))
}

/** Whether there was one. */
export function removeHook(file: string): boolean {
  if (!existsSync(file)) return false
  const before = readSettings(file)
  const after = withoutHook(before)
  if (JSON.stringify(before) === JSON.stringify(after)) return false
  replaceFile(file, after)
  return true
}

/** Whether there were some. */
export function removeOwnSettings(file: string): boolean {
  if (!existsSync(file)) return false
  try {
    rmSync(file)
    return true
  } catch (error) {
    throw new NotInstalled(`${file} holds the credentials of the hook, and cannot be deleted: ${wordsOf(error)}`)
  }
}

function readSettings(file: string): Settings {
  if (!existsSync(file)) return {}
  try {
    const settings: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return { ...settings }
  } catch {
    // Said below.
  }
  throw new NotInstalled(`${file} is no JSON object, and was left as it is. Mend it, then install the hook again.`)
}

/** In one step, and readable by its owner alone until it is known to hold no secret. */
const replaceFile = (file: string, value: object): void => replaceText(file, `${JSON.stringify(value, null, 2)}\n`)

function replaceText(file: string, text: string): void {
  const draft = `${file}.${process.pid}.draft`
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(draft, text, { mode: existsSync(file) ? undefined : 0o600 })
    renameSync(draft, file)
  } catch (error) {
    throw new NotInstalled(`${file} cannot be written: ${wordsOf(error)}`)
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
