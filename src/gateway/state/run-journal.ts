/**
 * Calls that have begun, in files of a folder, until their outcome is known to the authority. What a gateway that has
 * ended left open is reported as `indeterminate`, and a report that could not be delivered is sent again every half
 * minute, for a week. A file holds the executor, ids and the report, no argument of the call and no token. Executors can
 * share the folder: each reports its own calls. SPEC 7.2, 14.
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type JsonObject, parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { folderOf, type Instance } from './instance.ts'
import { isMissing, isPlainId, readObject, replaceFile, usable } from './state-file.ts'

/** A call that its server may have carried out. */
export interface BegunRun {
  /** Left out where only the token is known. */
  readonly request?: string
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

interface JournalOptions extends Executor {
  readonly instance: Instance
  /** The executor's. */
  readonly credential: string
  /** The detail of an outcome that is unknown, since the process that ran the call has ended. */
  readonly ended: 'GatewayEnded' | 'ProxyEnded'
  readonly send: Fetch
  /** Ends the deliveries. */
  readonly signal: AbortSignal
}

interface Executor {
  readonly issuer: string
  readonly audience: string
}

interface Entry extends BegunRun, Executor {
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

export function createRunJournal(options: JournalOptions): RunJournal {
  const { instance, issuer, audience, credential, ended, send, signal } = options
  const folder = folderOf(instance, 'runs')
  const running = new Map<string, BegunRun>()
  /** When a report was sent the last time, by the name of its file: milliseconds of `performance.now()`. */
  const sentAt = new Map<string, number>()
  const fileOf = (run: BegunRun) => join(folder, nameOf(run))

  const write = (run: BegunRun, report?: JsonObject): Promise<void> => {
    const entry: Entry = { ...run, issuer, audience, by: instance.id, at: Date.now(), ...(report ? { report } : {}) }
    return replaceFile(instance, fileOf(run), entry, true)
  }

  const drop = async (run: BegunRun) => {
    running.delete(keyOf(run))
    sentAt.delete(nameOf(run))
    await rm(fileOf(run), { force: true }).catch(instance.failed)
  }

  /** Undefined for what is of another executor, or does not bear its own name. */
  async function read(name: string): Promise<Entry | undefined> {
    const entry = entryIn(await readObject(instance, join(folder, name)))
    const isOwn = entry?.issuer === issuer && entry.audience === audience && nameOf(entry) === name
    return isOwn ? entry : undefined
  }

  /** The instance has ended, or has given up to report it. */
  const isOpen = async ({ by, report }: Entry): Promise<boolean> =>
    by === instance.id ? report !== undefined : instance.isGone(by)

  async function deliver(entry: Entry): Promise<void> {
    const { jti, use, at, report = { use, outcome: 'indeterminate', detail: ended } } = entry
    if (Date.now() - at > KEPT_MS) return drop(entry)
    const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' }
    const body = JSON.stringify(report)
    const { status } = await send(`${issuer}/redemptions/${jti}/outcome`, { method: 'POST', headers, body, signal })
    if (FINAL.has(status)) await drop(entry)
  }

  async function deliverAll(): Promise<void> {
    let open = 0
    for (const name of (await readdir(folder)).filter((one) => one.endsWith('.json'))) {
      if (performance.now() - (sentAt.get(name) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) continue
      const entry = await read(name)
      if (!entry || !(await isOpen(entry))) continue
      if (++open > MOST) return
      sentAt.set(name, performance.now())
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
      running.set(keyOf(run), run)
    },
    async hasBegun(request) {
      const names = await usable(instance, () => readdir(folder).catch(noneWhereMissing))
      const found = names.filter((name) => name.startsWith(`${request}.`) && name.endsWith('.json')).map(read)
      return (await Promise.all(found)).some((entry) => entry !== undefined)
    },
    async fetch(url, init) {
      const reported = reportedRun(url, init)
      const run = reported && running.get(keyOf(reported))
      if (!run) return send(url, init)
      sentAt.set(nameOf(run), performance.now() - EVERY_MS + RETRIED_MS)
      // The report is sent, whether or not it can be kept.
      await write(run, reported.report).catch(() => {})
      const response = await send(url, init)
      if (FINAL.has(response.status)) await drop(run)
      return response
    },
    async settled() {
      for (const until = performance.now() + MAX_SETTLING_MS; running.size > 0 && performance.now() < until; )
        await setTimeout(LOOK_AGAIN_MS)
    },
  }
}

/** The use of a token that a call to the authority reports on; undefined where it is another call. */
export function reportedRun(url: string, { body }: RequestInit): (BegunRun & { report: JsonObject }) | undefined {
  const jti = /\/redemptions\/([\w-]+)\/outcome$/.exec(url)?.[1]
  if (jti === undefined || typeof body !== 'string') return undefined
  const report = parseJson(body)
  return isJsonObject(report) && typeof report['use'] === 'number' ? { jti, use: report['use'], report } : undefined
}

/** One use of one token. */
export const keyOf = ({ jti, use }: BegunRun): string => `${jti}.${use}`

const nameOf = (run: BegunRun): string => `${run.request === undefined ? '' : `${run.request}.`}${keyOf(run)}.json`

function noneWhereMissing(error: unknown): string[] {
  if (isMissing(error)) return []
  throw error
}

function entryIn(value: JsonObject | undefined): Entry | undefined {
  if (!value) return undefined
  const { issuer, audience, request, jti, use, by, at, report } = value
  if (typeof issuer !== 'string' || typeof audience !== 'string' || !isPlainId(jti) || typeof use !== 'number')
    return undefined
  if (typeof by !== 'string' || typeof at !== 'number') return undefined
  const ids = { ...(isPlainId(request) && { request }), jti, use }
  return { issuer, audience, ...ids, by, at, ...(isJsonObject(report) && { report }) }
}
