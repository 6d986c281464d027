/**
 * From the commit of a kill switch to the last of 200 executors that refuses, and that has cut its call off.
 *
 * The executors are verifiers that follow the stream, half of them at each of two processes, each with a call in flight.
 * The yardstick is the same fan-out with nothing in it: NOTIFY, and one event to as many connections of two bare servers,
 * read by the same parser. Both begin just before the COMMIT is sent, and take turns.
 */
import { type ApprovalClaims, createVerifier, newSalt, type Verifier, withoutRedemption } from '@countersign/verifier'
import { type Live, live } from '@countersign/verifier/live'
import { createEventParser } from '../../src/verifier/live/event-stream.ts'
import { type BenchServer, startServer } from './bench-servers.ts'
import { type ControlGround, startControlGround } from './control-ground.ts'
import { type Bench, type Figure, figure, pause, quantile, roundsOf } from './harness.ts'
import { administer, FORUM, forumAction } from './parties.ts'
import { type Stopper, startStopper } from './stopper.ts'
import { type MintedToken, mintTokens, patternOf } from './tokens.ts'

const EXECUTORS = 200
const ROUNDS = 60
/** A stop concerns tokens of the second in which it was ordered, and not those of the next. */
const nextSecond = () => pause(1005 - (Date.now() % 1000))

export const killToRefusal: Bench = {
  name: 'kill-to-refusal',
  about: 'p99 of milliseconds from the commit of a kill switch to the last of 200 executors, at two processes',
  async run(ground) {
    const control = await startControlGround(ground.databases)
    try {
      return await measure(control, roundsOf(ground, ROUNDS))
    } finally {
      await control.stop()
    }
  },
}

interface Executor {
  readonly verifier: Verifier
  readonly live: Live
}

async function measure(ground: ControlGround, rounds: number): Promise<readonly Figure[]> {
  const pattern = await patternOf(ground.products[0], ground.parties)
  const words = holdWords()
  const executors = followAll(ground, ground.parties.executorCredential, words)
  const bare = await startBare(ground)
  const stopper = startStopper(ground)
  const [refusals, aborts, events]: [number[], number[], number[]] = [[], [], []]
  try {
    while (executors.some((one) => one.live.ageSeconds() > 5)) await pause(50)
    for (let round = 0; round < rounds; round++) {
      events.push(await bare.tell())
      const tokens = await mintTokens(standingAt(pattern, round), ground.signingKey, EXECUTORS)
      const { refusedMs, abortedMs } = await kill({ ground, stopper, words }, executors, tokens)
      refusals.push(refusedMs)
      aborts.push(abortedMs)
      await nextSecond()
    }
  } finally {
    void words.end()
    await Promise.all(executors.map((one) => one.live.close()))
    await Promise.all([bare.stop(), stopper.close()])
  }
  return [...figuresOf('kill-to-refusal', refusals, events), ...figuresOf('kill-to-abort', aborts, events)]
}

/** Of the last in each round, against the bare fan-out in the same round. */
export function figuresOf(name: string, values: readonly number[], bare: readonly number[]): readonly Figure[] {
  const row = (own: string, share: number, limit: number) =>
    figure({
      name: own,
      unit: 'ms',
      value: quantile(values, share),
      yardstick: quantile(bare, share),
      target: { of: 'excess', is: '≤', limit },
    })
  return [row(`${name}-p99`, 0.99, 15), row(name, 0.5, 5)]
}

/** A place in the list of its own: the authority revokes what the switch of the round before selected. */
const standingAt = (pattern: ApprovalClaims, round: number): ApprovalClaims => ({
  ...pattern,
  status: { status_list: { ...pattern.status.status_list, idx: 100_000 + round } },
})

function followAll({ origin, products }: ControlGround, credential: string, words: Words): readonly Executor[] {
  return Array.from({ length: EXECUTORS }, (_, at) => {
    const following = live()
    const url = `http://127.0.0.1:${products[at % 2]?.port}`
    const verifier = createVerifier({
      issuer: origin,
      audience: FORUM,
      credential,
      redemption: withoutRedemption,
      live: following,
      fetch: (input, init) => {
        const send = () => fetch(String(input).replace(origin, url), init)
        return init?.method === 'POST' ? words.hold(send) : send()
      },
    })
    return { verifier, live: following }
  })
}

type Words = ReturnType<typeof holdWords>

/**
 * What executors say of a stop, sent when all have heard of it. Elsewhere each executor is a machine of its own: here
 * one's word would hold up what the next is told.
 */
function holdWords() {
  const held: (() => Promise<unknown>)[] = []
  let isOver = false
  /** Resolves when each is answered. */
  const release = () => Promise.all(held.splice(0).map((send) => send()))
  return {
    release,
    end: () => {
      isOver = true
      return release()
    },
    count: () => held.length,
    hold: (send: () => Promise<Response>) =>
      isOver
        ? send()
        : new Promise<Response>((resolve, reject) => {
            held.push(() => send().then(resolve, reject))
          }),
  }
}

interface Killing {
  readonly ground: ControlGround
  readonly stopper: Stopper
  readonly words: Words
}

/** One switch, engaged as the authority does it and released again, so that the next round finds what this one found. */
async function kill(
  { ground, stopper, words }: Killing,
  executors: readonly Executor[],
  tokens: readonly MintedToken[],
) {
  const claims = tokens.map((token) => token.claims)
  const calls = await Promise.all(executors.map((one, at) => begin(one, tokens[at])))
  const { id, committedAt } = await stopper.engage({ executor: FORUM })
  const cutOffAt = await Promise.all(calls.map(({ cutOff }) => cutOff))
  const refusedAt = calls.map(({ refusedSince }) => refusedSince())
  while (words.count() < EXECUTORS) await pause(10)
  await words.release()
  const release = ['countersign.killswitch.release', `killswitch:${id}`] as const
  await administer(ground.products[0], ground.parties.approver, ...release, { id, reason: 'The round is over' })
  while (executors.some((one, at) => isRefused(one, claims[at]))) await pause(10)
  return { refusedMs: Math.max(...refusedAt) - committedAt, abortedMs: Math.max(...cutOffAt) - committedAt }
}

/** A call that goes on until it is cut off. When that happens it looks whether the next would be refused already. */
async function begin(executor: Executor, minted: MintedToken | undefined) {
  if (!minted) throw new Error('too few tokens')
  const { name, resource } = minted.claims.authorization_details[0]
  let refusedAt = Number.NaN
  let end: (at: number) => void = () => {}
  const cutOff = new Promise<number>((resolve) => {
    end = resolve
  })
  await new Promise<void>((begun, reject) => {
    const post = executor.verifier.guard(name, {
      resource: () => resource,
      run: (_args: object, { signal }) => {
        signal.addEventListener('abort', () => {
          if (isRefused(executor, minted.claims)) refusedAt = performance.now()
          end(performance.now())
        })
        begun()
        return cutOff
      },
    })
    post(forumAction('forum.read').arguments, { token: minted.token }).catch(reject)
  })
  return { cutOff, refusedSince: () => refusedAt }
}

function isRefused({ live: { check } }: Executor, claims: ApprovalClaims | undefined): boolean {
  try {
    if (claims) check(claims)
    return false
  } catch {
    return true
  }
}

/** As many connections to two bare servers. */
async function startBare({ databaseUrl, sql }: ControlGround) {
  const servers: BenchServer[] = []
  for (const _ of [1, 2]) servers.push(await startServer('bare-sse', { DATABASE_URL: databaseUrl }))
  const ending = new AbortController()
  let heard = () => {}
  const readers = Array.from({ length: EXECUTORS }, (_, at) =>
    read(servers[at % 2]?.port ?? 0, ending.signal, () => heard()),
  )
  await Promise.all(readers)
  return {
    tell: async (): Promise<number> => {
      let left = EXECUTORS
      const all = new Promise<number>((resolve) => {
        heard = () => {
          left -= 1
          if (left === 0) resolve(performance.now())
        }
      })
      const startedAt = performance.now()
      await sql`SELECT pg_notify('bare', ${newSalt()})`
      return (await all) - startedAt
    },
    stop: async () => {
      ending.abort()
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}

/** Resolves once it is open. */
async function read(port: number, signal: AbortSignal, heard: () => void): Promise<void> {
  const { body } = await fetch(`http://127.0.0.1:${port}/`, { signal })
  const parse = createEventParser()
  const utf8 = new TextDecoder()
  const follow = async () => {
    for await (const piece of body ?? []) for (const _ of parse(utf8.decode(piece, { stream: true }))) heard()
  }
  follow().catch(() => {})
}
