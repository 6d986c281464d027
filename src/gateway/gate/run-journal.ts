/**
 * Calls that have begun, in files of a folder, until their outcome is known to the authority. What a killed gateway left
 * open is reported as `indeterminate`, and a report that could not be delivered is sent again: at start and every half
 * minute, for a week. A file holds ids and the report, no argument of the call and no token. SPEC 7.2, 14.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type JsonObject, parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { replaceFile } from './state-file.ts'

/** A call that its server may have carried out. */
export interface BegunRun {
  readonly request: string
  readonly jti: string
  readonly use: number
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface RunJournal {
  /** To be awaited before the server is called. */
  readonly begin: (run: BegunRun) => Promise<void>
  /** Whether a call of this request has begun whose outcome the authority does not know. */
  readonly hasBegun: (request: string) => Promise<boolean>
  /** Keeps each report of an outcome that passes until it was delivered, or refused for good. */
  readonly fetch: Fetch
  /** Resolves when no call runs that is not reported, or after a few seconds: await it before the process ends. */
  readonly settled: () => Promise<void>
}

interface JournalOptions {
  readonly folder: string
  readonly issuer: string
  /** The executor's. */
  readonly credential: string
  readonly send: Fetch
  /** Ends the deliveries. */
  readonly signal: AbortSignal
  /** Is told where the folder cannot be used. */
  readonly failed: (error: unknown) => void
}

interface Entry extends BegunRun {
  readonly pid: number
  /** Epoch milliseconds of its last change. */
  readonly at: number
  readonly report?: JsonObject
}

const EVERY_MS = 30_000
/** Within it the verifier itself tries again. */
const RETRIED_MS = 15_000
const KEPT_MS = 7 * 86_400_000
const MOST = 1000
const MAX_SETTLING_MS = 5000
const LOOK_AGAIN_MS = 20
const FINAL = new Set([201, 400, 404, 409, 413, 422])

export async function createRunJournal(options: JournalOptions): Promise<RunJournal> {
  const { folder, issuer, credential, send, signal, failed } = options
  const running = new Map<string, BegunRun>()
  const fileOf = (request: string) => join(folder, `${request}.json`)
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(failed)

  const write = (entry: Entry): Promise<void> => replaceFile(fileOf(entry.request), entry, true).catch(failed)

  const drop = async ({ request, jti }: BegunRun) => {
    running.delete(jti)
    await rm(fileOf(request), { force: true }).catch(failed)
  }

  const read = async (file: string): Promise<Entry | undefined> => entryIn(await readFile(file, 'utf8').catch(() => ''))

  async function deliver(entry: Entry): Promise<void> {
    const { jti, use, at, report = { use, outcome: 'indeterminate', detail: 'GatewayEnded' } } = entry
    if (Date.now() - at > KEPT_MS) return drop(entry)
    const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' }
    const body = JSON.stringify(report)
    const { status } = await send(`${issuer}/redemptions/${jti}/outcome`, { method: 'POST', headers, body, signal })
    if (FINAL.has(status)) await drop(entry)
  }

  async function deliverAll(): Promise<void> {
    for (const name of (await readdir(folder)).filter((one) => one.endsWith('.json')).slice(0, MOST)) {
      const entry = await read(join(folder, name))
      if (entry && isOpen(entry)) await deliver(entry)
    }
  }

  // An authority that is away is asked again; a folder that cannot be read was told.
  const deliverQuietly = () => void deliverAll().catch(() => {})
  const timer = setInterval(deliverQuietly, EVERY_MS).unref()
  signal.addEventListener('abort', () => clearInterval(timer))
  deliverQuietly()
  return {
    async begin(run) {
      running.set(run.jti, run)
      await write({ ...run, pid: process.pid, at: Date.now() })
    },
    hasBegun: async (request) => (await read(fileOf(request))) !== undefined,
    async fetch(url, init) {
      const run = running.get(/\/redemptions\/([\w-]+)\/outcome$/.exec(url)?.[1] ?? '')
      if (!run) return send(url, init)
      const report = parseJson(String(init.body))
      if (isJsonObject(report)) await write({ ...run, pid: process.pid, at: Date.now(), report })
      const response = await send(url, init)
      if (FINAL.has(response.status)) await drop(run)
      return response
    },
    async settled() {
      for (const until = Date.now() + MAX_SETTLING_MS; running.size > 0 && Date.now() < until; )
        await setTimeout(LOOK_AGAIN_MS)
    },
  }
}

/** Its gateway is gone, or has given up to report it. */
const isOpen = ({ pid, at, report }: Entry): boolean =>
  report ? !isAlive(pid, at) || Date.now() - at > RETRIED_MS : !isAlive(pid, at)

function isAlive(pid: number, at: number): boolean {
  if (pid === process.pid) return at >= Date.now() - process.uptime() * 1000
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function entryIn(text: string): Entry | undefined {
  try {
    const value = parseJson(text)
    if (!isJsonObject(value)) return undefined
    const { request, jti, use, pid, at, report } = value
    if (typeof request !== 'string' || typeof jti !== 'string' || typeof use !== 'number') return undefined
    if (typeof pid !== 'number' || typeof at !== 'number') return undefined
    return { request, jti, use, pid, at, ...(isJsonObject(report) ? { report } : {}) }
  } catch {
    return undefined
  }
}
