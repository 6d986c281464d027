/**
 * The bound: no executor accepts a killed token later than `staleAfterSeconds` after the switch was engaged, whatever
 * fails meanwhile. Real processes on one PostgreSQL, real sockets between them and the executor.
 *
 * Each fault is brought about just before the switch is engaged at another process, which nothing ails.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ActionCall,
  ApprovalError,
  createVerifier,
  type Verifier,
  type VerifierOptions,
  withoutRedemption,
} from '@countersign/verifier'
import { type Live, live } from '@countersign/verifier/live'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Client, createClient } from '../../src/client/client.ts'
import { addAgent, addExecutor, FORUM, freePort, mustSucceed, postAction } from '../setup/authority.ts'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'
import { waitFor } from '../setup/wait-for.ts'
import { type Wire, wireTo } from '../setup/wire.ts'
import { type AuthorityProcess, startProcess } from './authority-process.ts'
import { lateProxy } from './late-proxy.ts'

vi.setConfig({ testTimeout: 60_000 })

const STALE_AFTER_SECONDS = 2
/** What a busy machine may add between a decision and its being noticed here. */
const SLACK_MS = 400
const PROBE_EVERY_MS = 50

const folder = mkdtempSync(join(tmpdir(), 'countersign-bounds-'))
let origin: string
let database: TestDatabase
let sound: AuthorityProcess
let ailing: AuthorityProcess
/** Between the ailing process and the database; between the executor and the ailing process. */
let databaseWire: Wire
let executorWire: Wire
let throughWire: string
let operator: Client
let credential: string

const processOn = (databaseUrl: string, offMs = 0) =>
  startProcess({ origin, databaseUrl, dataDir: join(folder, 'data'), offMs })

beforeAll(async () => {
  origin = `http://localhost:${await freePort()}`
  database = await freshDatabase()
  sound = await processOn(database.url)
  databaseWire = await wireTo(database.url)
  ailing = await processOn(databaseWire.url)
  executorWire = await wireTo(ailing.url)
  throughWire = new URL(executorWire.url).origin
  operator = createClient({
    origin: sound.url,
    credential: readFileSync(join(folder, 'data/operator-credential'), 'utf8').trim(),
  })
  const executor = await addExecutor({ operator })
  credential = executor.credential
})

afterAll(async () => {
  await Promise.all([sound?.stop(), ailing?.stop()])
  await Promise.all([databaseWire?.cut(), executorWire?.cut()])
  await database?.drop()
  rmSync(folder, { recursive: true, force: true })
})

interface Executor {
  readonly verifier: Verifier
  readonly live: Live
  /** Moves what it takes for the time, in seconds. */
  readonly setClock: (offSeconds: number) => void
}

/** An executor that reaches the authority at `url`. */
function executorAt(url: string, more: Partial<VerifierOptions>): Executor {
  let off = 0
  const following = live()
  const verifier = createVerifier({
    issuer: origin,
    audience: FORUM,
    credential,
    live: following,
    staleAfterSeconds: STALE_AFTER_SECONDS,
    timeoutMs: 1000,
    now: () => Date.now() / 1000 + off,
    fetch: (input, init) => fetch(String(input).replace(origin, url), init),
    ...more,
  })
  return {
    verifier,
    live: following,
    setClock: (offSeconds) => {
      off = offSeconds
    },
  }
}

interface Fault {
  readonly what: string
  readonly begin: (executors: readonly Executor[]) => unknown
  readonly end?: () => unknown
}

const faults: readonly Fault[] = [
  { what: 'nothing', begin: () => {} },
  { what: 'the network between them cut', begin: () => executorWire.cut(), end: () => executorWire.mend() },
  {
    what: 'a network that holds everything back, and lets it go again when it is too late',
    begin: () => {
      executorWire.stall()
      setTimeout(executorWire.flow, STALE_AFTER_SECONDS * 1000 + 1500)
    },
    end: () => executorWire.flow(),
  },
  {
    what: 'the authority’s process stopped',
    begin: () => ailing.signal('SIGSTOP'),
    end: () => ailing.signal('SIGCONT'),
  },
  { what: 'PostgreSQL gone', begin: () => databaseWire.cut(), end: () => databaseWire.mend() },
  { what: 'PostgreSQL silent', begin: () => databaseWire.stall(), end: () => databaseWire.flow() },
  { what: 'the LISTEN connection alone cut', begin: () => endListening() },
  { what: 'the LISTEN connection alone silent', begin: () => databaseWire.deafen(), end: () => databaseWire.flow() },
  {
    // By no more than tokens allow for: else their own times would have them refused.
    what: 'the network cut and the executor’s clock set back by some seconds',
    begin: async (executors) => {
      await executorWire.cut()
      for (const { setClock } of executors) setClock(-4)
    },
    end: () => executorWire.mend(),
  },
]

async function endListening(): Promise<void> {
  const sql = postgres(database.url, { max: 1 })
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN %'`
  await sql.end()
}

describe('a killed token is refused within the bound, online and without redemption,', () => {
  const bothAt = (url: string, more: Partial<VerifierOptions> = {}) => [
    executorAt(url, more),
    executorAt(url, { ...more, redemption: withoutRedemption }),
  ]
  const closed = (executors: readonly Executor[]) => Promise.all(executors.map((one) => one.live.close()))

  it.each(faults)('with $what', async ({ begin, end }) => {
    const executors = bothAt(throughWire)
    try {
      for (const one of executors) {
        await expect.poll(one.live.ageSeconds).toBeLessThan(STALE_AFTER_SECONDS)
      }
      await holdTheBound(executors, { worksBefore: true, begin: () => begin(executors) })
    } finally {
      await end?.()
      await closed(executors)
    }
  })

  it('through a proxy that buffers', async () => {
    const late = await lateProxy(ailing.url, STALE_AFTER_SECONDS * 1000 + 1000)
    const executors = bothAt(late.url, { timeoutMs: 10_000 })
    try {
      // Time enough for the keys to arrive: it shall not be their lateness that protects.
      await Promise.all(executors.map(({ verifier }) => warmUp(verifier)))
      await holdTheBound(executors)
    } finally {
      await closed(executors)
      await late.stop()
    }
  })

  it.each([-60, 60])('by an executor whose clock is %i s off', async (off) => {
    const executors = bothAt(ailing.url)
    for (const { setClock } of executors) setClock(off)
    try {
      await holdTheBound(executors)
    } finally {
      await closed(executors)
    }
  })

  it.each([-60_000, 60_000])('where the authority’s clock is %i ms off', async (offMs) => {
    const wrong = await processOn(database.url, offMs)
    const executors = bothAt(wrong.url)
    try {
      await holdTheBound(executors)
    } finally {
      await closed(executors)
      await wrong.stop()
    }
  })
})

interface Course {
  /** Whether tokens are accepted before; where clocks disagree, or news is always late, they are not. */
  readonly worksBefore?: boolean
  readonly begin?: () => unknown
}

async function holdTheBound(executors: readonly Executor[], { worksBefore = false, begin }: Course = {}) {
  const agent = await newAgent()
  const tries = await Promise.all(executors.map(async ({ verifier }) => presenting(verifier, await tokensOf(agent))))
  if (worksBefore) {
    await waitFor(() => expect(tries.every(({ accepted }) => accepted.length > 3)).toBe(true))
  }
  await begin?.()
  mustSucceed(await operator.call('engageKillSwitch', { body: { selector: { agent: agent.id }, reason: 'A test' } }))
  const engagedAt = performance.now()
  await pause(STALE_AFTER_SECONDS * 1000 + 1500)
  for (const { accepted, refused, stop } of tries) {
    await stop()
    const latestMs = Math.max(0, ...accepted.map((at) => at - engagedAt))
    expect(latestMs).toBeLessThanOrEqual(STALE_AFTER_SECONDS * 1000 + SLACK_MS)
    expect(refused.at(-1)).toMatch(EXPECTED)
  }
}

const EXPECTED =
  /^(killed|token_revoked|status_stale|authority_unreachable|token_not_yet_valid|token_expired|token_signature)$/
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Presents one token after the other, and does not wait for the answer to one before it presents the next. */
function presenting(verifier: Verifier, tokens: readonly Presented[]) {
  const accepted: number[] = []
  const refused: string[] = []
  let isOver = false
  const presented = (async () => {
    for (const { token, call } of tokens) {
      if (isOver) return
      await pause(PROBE_EVERY_MS)
      void verifier.verify(token, call).then(
        () => accepted.push(performance.now()),
        (error) => refused.push(error instanceof ApprovalError ? error.code : String(error)),
      )
    }
  })()
  const stop = async () => {
    isOver = true
    await presented
  }
  return { accepted, refused, stop }
}

interface Presented {
  readonly token: string
  readonly call: ActionCall
}

let agents = 0

async function newAgent() {
  const id = `agent-${++agents}`
  return { id, client: createClient({ origin: sound.url, credential: await addAgent({ operator }, id) }) }
}

/** More tokens than there is time to present. */
async function tokensOf({ client }: { readonly client: Client }, count = 120): Promise<readonly Presented[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const { salt, ...call } = postAction('', { name: 'forum.read' })
      const action = { ...call, salt }
      const { token = '' } = mustSucceed(await client.propose({ body: { audience: FORUM, action } }))
      return { token, call }
    }),
  )
}

async function warmUp(verifier: Verifier): Promise<void> {
  const [one] = await tokensOf(await newAgent(), 1)
  if (one) await verifier.verify(one.token, one.call).catch(() => {})
}
