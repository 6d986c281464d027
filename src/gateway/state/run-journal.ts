/**
 * Calls that have begun, in files of a folder, until their outcome is known to the authority. What a gateway that has
 * ended left open is reported as `indeterminate`, and a report that could not be delivered is sent again every half
 * minute, for a week. A file holds ids and the report, no argument of the call and no token. SPEC 7.2, 14.
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type JsonObject, parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { folderOf, type Instance } from './instance.ts'
import { isPlainId, readObject, replaceFile } from './state-file.ts'

/** A call that its server may have carried out. */
export interface BegunRun {
  readonly request: string
  readonly jti: string
  readonly use: number
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface RunJournal {
  /** To be awaited before the server is called. Throws `StateUnusable`: then it may not be called. */
  readonly begin: (run: BegunRun) => Promise<void>
  /** Whether a call of this request has begun whose outcome the authority does not know. */
  readonly hasBegun: (request: string) => Promise<boolean>
  /** Keeps each report of an outcome that passes until it was delivered, or refused for good. */
  readonly fetch: Fetch
  /** Resolves when no call runs that is not reported, or after a few seconds: await it before the process ends. */
  readonly settled: () => Promise<void>
}

interface JournalOptions {
  readonly instance: Instance
  readonly issuer: string
  /** The executor's. */
  readonly credential: string
  readonly send: Fetch
  /** Ends the deliveries. */
  readonly signal: AbortSignal
}

interface Entry extends BegunRun {
  /** The instance that runs it. */
  readonly by: string
  /** Epoch milliseconds of its last change. */
  readonly at: number
  readonly report?: JsonObject
}

const LOOK_MS = 1000
const EVERY_MS = 30_000
/** Within it the verifier itself tries again. */
const RETRIED_MS = 15_000
const KEPT_MS = 7 * 86_400_000
const MOST = 1000
const MAX_SETTLING_MS = 5000
const LOOK_AGAIN_MS = 20
const FINAL = new Set([201, 400, 404, 409, 413, 422])

export function createRunJournal({ instance, issuer, credential, send, signal }: JournalOptions): RunJournal {
  const folder = folderOf(instance, 'runs')
  const running = new Map<string, BegunRun>()
  /** When a report was sent the last time, by request. */
  const sentAt = new Map<string, number>()
  const fileOf = (request: string) => join(folder, `${request}.json`)

  const write = (run: BegunRun, report?: JsonObject): Promise<void> => {
    const entry: Entry = { ...run, by: instance.id, at: Date.now(), ...(report ? { report } : {}) }
    return replaceFile(instance, fileOf(run.request), entry, true)
  }

  const drop = async ({ request, jti }: BegunRun) => {
    running.delete(jti)
    sentAt.delete(request)
    await rm(fileOf(request), { force: true }).catch(instance.failed)
  }

  const read = async (file: string) => entryIn(await readObject(instance, file))

  /** The instance has ended, or has given up to report it. */
  const isOpen = async ({ by, at, report }: Entry): Promise<boolean> =>
    by === instance.id ? report !== undefined && Date.now() - at > RETRIED_MS : instance.isGone(by)

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
      const request = name.slice(0, -'.json'.length)
      if (performance.now() - (sentAt.get(request) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) continue
      const entry = await read(join(folder, name))
      if (!entry || !(await isOpen(entry))) continue
      sentAt.set(request, performance.now())
      // An authority that is away is asked again.
      await deliver(entry).catch(() => {})
    }
  }

  let isLooking = false
  async function look(): Promise<void> {
    if (isLooking) return
    isLooking = true
    // A folder that cannot be read was told.
    await deliverAll().catch(instance.failed)
    isLooking = false
  }
  const timer = setInterval(() => void look(), LOOK_MS).unref()
  signal.addEventListener('abort', () => clearInterval(timer))
  return {
    async begin(run) {
      await write(run)
      running.set(run.jti, run)
    },
    hasBegun: async (request) => (await read(fileOf(request))) !== undefined,
    async fetch(url, init) {
      const run = running.get(/\/redemptions\/([\w-]+)\/outcome$/.exec(url)?.[1] ?? '')
      if (!run) return send(url, init)
      const report = parseJson(String(init.body))
      // The report is sent, whether or not it can be kept.
      if (isJsonObject(report)) await write(run, report).catch(() => {})
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

function entryIn(value: JsonObject | undefined): Entry | undefined {
  if (!value) return undefined
  const { request, jti, use, by, at, report } = value
  if (!isPlainId(request) || !isPlainId(jti) || typeof use !== 'number') return undefined
  if (typeof by !== 'string' || typeof at !== 'number') return undefined
  return { request, jti, use, by, at, ...(isJsonObject(report) ? { report } : {}) }
}
