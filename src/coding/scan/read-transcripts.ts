/**
 * Reads the transcripts that coding agents keep on this machine, the newest first. Nothing leaves the machine, and
 * nothing is written. Files, bytes of a line and calls are bounded; what is left out is counted.
 */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isJsonObject } from '@countersign/verifier/authority'
import type { ToolCall } from '../../domain/coding/coding-call.ts'
import { LINES } from './transcript-calls.ts'

type Keeper = keyof typeof LINES

export interface Transcripts {
  readonly calls: readonly ToolCall[]
  readonly files: number
  /** Lines that are no JSON, or longer than 8 MiB; files that could not be read. */
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

const MAX_LINE = 8 * 1024 * 1024
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
  let [read, unread] = [0, 0]
  for (const file of files) {
    if (calls.length > limit) break
    read++
    unread += await readFile(file, (call) => {
      if (call.at === null || call.at >= since) calls.push({ ...call, at: call.at ?? file.changedAt })
    })
  }
  return { calls: calls.slice(0, limit), files: read, unread, more: calls.length > limit || read < files.length }
}

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

/** Resolves to the number of lines that could not be read. */
async function readFile({ client, path }: Found, add: (call: ToolCall) => void): Promise<number> {
  const told = { cwd: '/', session: path }
  let unread = 0
  try {
    for await (const text of linesOf(path)) {
      const line = text.length > MAX_LINE ? undefined : objectIn(text)
      if (line === undefined) unread++
      else for (const call of LINES[client](told, line)) add({ client, ...call })
    }
  } catch {
    unread++
  }
  return unread
}

/** A document with the ending `.json` is one line. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path, { encoding: 'utf8' })
  if (path.endsWith('.jsonl')) {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line.trim() !== '') yield line
    return
  }
  let document = ''
  for await (const part of stream) {
    document += part
    if (document.length > MAX_LINE) break
  }
  yield document
}

function objectIn(text: string) {
  try {
    const value = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
