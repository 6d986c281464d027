/**
 * Reads the transcripts that coding agents keep on this machine, the newest first. Nothing leaves the machine, and
 * nothing is written. Files, bytes of a line, calls and what they hold are bounded; what is left out is counted.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject } from '@countersign/verifier/authority'
import type { ToolCall } from '../../domain/coding/coding-call.ts'
import { isKnown, LINES } from './transcript-calls.ts'
import { linesOf } from './transcript-lines.ts'

type Keeper = keyof typeof LINES

export interface Transcripts {
  readonly calls: readonly ToolCall[]
  readonly files: number
  /** Lines that are no JSON, of another form, or longer than 8 MiB; files that could not be read. */
  readonly unread: number
  /** Whether there are more calls than are looked at. */
  readonly more: boolean
}

interface Place {
  readonly client: Keeper
  /** Below the home of the user, or where the client's own variable leads. */
  readonly folder: string
  readonly ending: RegExp
}

/** Characters of the lines whose calls are kept. */
const MAX_LENGTH = 32 * 1024 * 1024
const MAX_FILES = 5000
const MAX_DEPTH = 6

export function placesOf(home: string, environment: Readonly<Record<string, string | undefined>>): readonly Place[] {
  const folder = (variable: string, usual: string, inner: string) =>
    join(environment[variable] || join(home, usual), inner)
  return [
    { client: 'claude-code', folder: folder('CLAUDE_CONFIG_DIR', '.claude', 'projects'), ending: /\.jsonl$/ },
    { client: 'codex', folder: folder('CODEX_HOME', '.codex', 'sessions'), ending: /^rollout-.*\.jsonl$/ },
    {
      client: 'gemini',
      folder: join(environment['GEMINI_CLI_HOME'] || home, '.gemini', 'tmp'),
      ending: /^session-.*\.jsonl?$/,
    },
  ]
}

/** `since`: epoch seconds; older files and calls are passed over. */
export async function readTranscripts(
  places: readonly Place[],
  { since, limit }: { readonly since: number; readonly limit: number },
): Promise<Transcripts> {
  const files = await newestFiles(places, since)
  const calls: ToolCall[] = []
  const room = { calls: limit, length: MAX_LENGTH }
  let [read, unread, more] = [0, 0, false]
  for (const file of files) {
    if (more) break
    read++
    const found = await readFile(file, since, room)
    for (const { call } of found.kept) calls.push(call)
    room.calls -= found.kept.length
    room.length -= lengthOf(found.kept)
    unread += found.unread
    more = found.more
  }
  return { calls, files: read, unread, more: more || read < files.length }
}

/** What is left for the calls of further files. */
interface Room {
  readonly calls: number
  readonly length: number
}

interface Kept {
  readonly call: ToolCall
  readonly length: number
}

const lengthOf = (kept: readonly Kept[]): number => kept.reduce((sum, { length }) => sum + length, 0)

interface Found {
  readonly client: Keeper
  readonly path: string
  readonly changedAt: number
}

async function newestFiles(places: readonly Place[], since: number): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const { client, folder, ending } of places)
    for (const path of await filesBelow(folder, ending, MAX_DEPTH)) {
      const changedAt = Math.floor((await stat(path).catch(() => undefined))?.mtimeMs ?? 0) / 1000
      if (changedAt >= since) found.push({ client, path, changedAt: Math.floor(changedAt) })
    }
  return found.sort((one, other) => other.changedAt - one.changedAt).slice(0, MAX_FILES)
}

/** Links are not followed. */
async function filesBelow(folder: string, ending: RegExp, depth: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const found: string[] = []
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isFile() && ending.test(entry.name)) found.push(path)
    else if (entry.isDirectory() && depth > 0) found.push(...(await filesBelow(path, ending, depth - 1)))
  }
  return found
}

/** The newest calls of a file for which there is room. */
async function readFile(file: Found, since: number, room: Room) {
  let [kept, length, unread, more]: [Kept[], number, number, boolean] = [[], 0, 0, false]
  const drop = () => {
    const newest = newestOf(kept, room)
    more ||= newest.length < kept.length
    kept = newest
    length = lengthOf(kept)
  }
  try {
    for await (const { calls, length: of } of readLines(file)) {
      if (calls === undefined) unread++
      const young = calls?.filter(({ at }) => at === null || at >= since) ?? []
      for (const call of young)
        kept.push({ call: { ...call, at: call.at ?? file.changedAt }, length: of / young.length })
      length += young.length > 0 ? of : 0
      if (kept.length > 2 * room.calls || length > 2 * room.length) drop()
    }
  } catch {
    unread++
  }
  drop()
  return { kept, unread, more }
}

function newestOf(kept: Kept[], room: Room): Kept[] {
  let [from, length] = [kept.length, 0]
  while (from > 0 && kept.length - from < room.calls) {
    length += kept[from - 1]?.length ?? 0
    if (length > room.length) break
    from--
  }
  return kept.slice(from)
}

interface ReadLine {
  /** Undefined for a line that could not be read. */
  readonly calls: readonly ToolCall[] | undefined
  readonly length: number
}

async function* readLines({ client, path }: Found): AsyncGenerator<ReadLine> {
  const told = { cwd: '/', session: path }
  for await (const text of linesOf(path)) {
    const line = text === undefined ? undefined : objectIn(text)
    const calls =
      line && isKnown(client, line) ? LINES[client](told, line).map((call) => ({ client, ...call })) : undefined
    yield { calls, length: text?.length ?? 0 }
  }
}

function objectIn(text: string) {
  try {
    const value = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
