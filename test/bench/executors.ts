/**
 * Executors that follow an authority's stream, each with a call in flight.
 *
 * In: an authority, where its stream is told, tokens. Out: when each executor cut its call off and refused the next.
 * Confirmations are held back until all executors have heard: elsewhere each is a machine of its own, here one's word
 * would hold up what the next is told.
 */
import { type ApprovalClaims, createVerifier, type Verifier, withoutRedemption } from '@countersign/verifier'
import { type Live, live } from '@countersign/verifier/live'
import { pause, steadyMs } from './harness.ts'
import { FORUM, forumAction } from './parties.ts'
import type { MintedToken } from './tokens.ts'

export interface Place {
  readonly issuer: string
  readonly credential: string
  /** Sends all requests but confirmations. */
  readonly fetch: typeof fetch
  /** Sends a confirmation. */
  readonly confirm: typeof fetch
}

interface Executor {
  readonly verifier: Verifier
  readonly live: Live
}

export interface Executors {
  /** Resolves when each has fresh news. */
  readonly ready: () => Promise<void>
  /** Begins a call at each. */
  readonly begin: (tokens: readonly MintedToken[]) => Promise<CallsInFlight>
  readonly close: () => Promise<void>
}

export interface CallsInFlight {
  /** Resolves when each call was cut off: the last instants, by the machine's steady clock. */
  readonly cutOff: Promise<{ readonly refusedAt: number; readonly abortedAt: number }>
  /** Sends the confirmations, and resolves when each is answered. */
  readonly confirm: () => Promise<void>
  /** Resolves when no executor refuses any more. */
  readonly released: () => Promise<void>
}

export function startExecutors(count: number, placeOf: (at: number) => Place): Executors {
  const words = holdWords()
  const all = Array.from({ length: count }, (_, at) => follow(placeOf(at), words))
  return {
    async ready() {
      while (all.some((one) => one.live.ageSeconds() > 5)) await pause(50)
    },
    async begin(tokens) {
      const calls = await Promise.all(all.map((one, at) => begin(one, tokens[at])))
      return {
        cutOff: Promise.all(calls.map(({ cutOff }) => cutOff)).then((ends) => ({
          refusedAt: Math.max(...ends.map(({ refusedAt }) => refusedAt)),
          abortedAt: Math.max(...ends.map(({ abortedAt }) => abortedAt)),
        })),
        async confirm() {
          while (words.count() < count) await pause(10)
          await words.release()
        },
        async released() {
          while (all.some((one, at) => isRefused(one, tokens[at]?.claims))) await pause(10)
        },
      }
    },
    async close() {
      void words.end()
      await Promise.all(all.map((one) => one.live.close()))
    },
  }
}

function follow(place: Place, words: Words): Executor {
  const following = live()
  const verifier = createVerifier({
    ...{ issuer: place.issuer, credential: place.credential, audience: FORUM },
    redemption: withoutRedemption,
    live: following,
    fetch: (input, init) =>
      init?.method === 'POST' ? words.hold(() => place.confirm(input, init)) : place.fetch(input, init),
  })
  return { verifier, live: following }
}

type Words = ReturnType<typeof holdWords>

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

interface End {
  /** NaN where the next call would not be refused when this one is cut off. */
  readonly refusedAt: number
  readonly abortedAt: number
}

/** A call that goes on until it is cut off. When that happens it looks whether the next would be refused already. */
async function begin(executor: Executor, minted: MintedToken | undefined) {
  if (!minted) throw new Error('too few tokens')
  const { name, resource } = minted.claims.authorization_details[0]
  let end: (at: End) => void = () => {}
  const cutOff = new Promise<End>((resolve) => {
    end = resolve
  })
  await new Promise<void>((begun, reject) => {
    const post = executor.verifier.guard(name, {
      resource: () => resource,
      run: (_args: object, { signal }) => {
        signal.addEventListener('abort', () => {
          const refusedAt = isRefused(executor, minted.claims) ? steadyMs() : Number.NaN
          end({ refusedAt, abortedAt: steadyMs() })
        })
        begun()
        return cutOff
      },
    })
    post(forumAction('forum.read').arguments, { token: minted.token }).catch(reject)
  })
  return { cutOff }
}

function isRefused({ live: { check } }: Executor, claims: ApprovalClaims | undefined): boolean {
  try {
    if (claims) check(claims)
    return false
  } catch {
    return true
  }
}
