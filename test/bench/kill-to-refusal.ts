/**
 * From the commit of a kill switch to the last of 200 executors that refuses, and that has cut its call off.
 *
 * The executors are verifiers that follow the stream, half of them at each of two processes, each with a call in flight.
 * The yardstick is the same fan-out with nothing in it: NOTIFY, and the same events to as many connections of two bare
 * servers. Both begin just before what announces the switch is sent, and take turns.
 *
 * Elsewhere each executor is a machine of its own; here 200 share one thread, and the last waits for the work of 199. So
 * the yardstick's readers are verifiers too: the excess is the authority's. `executor-refusal` is the work of one alone,
 * from the events in its hands to its refusal.
 */
import type { ApprovalClaims } from '@countersign/verifier'
import { type BareAuthority, startBareAuthority } from './bare-authority.ts'
import { type ControlGround, type Stopping, startControlGround } from './control-ground.ts'
import { executorAlone } from './executor-alone.ts'
import { type Executors, type Place, startExecutors } from './executors.ts'
import { type Bench, type Figure, figure, pause, quantile, roundsOf } from './harness.ts'
import { FORUM } from './parties.ts'
import { type MintedToken, mintTokens, patternOf } from './tokens.ts'

const EXECUTORS = 200
/** So many that the p99 is not the worst. */
const ROUNDS = 110
const ROUNDS_ALONE = 200
/** A stop concerns tokens of the second in which it was ordered, and not those of the next. */
const nextSecond = () => pause(1005 - (Date.now() % 1000))

export const killToRefusal: Bench = {
  name: 'kill-to-refusal',
  about: 'milliseconds from the commit of a kill switch to the last of 200 executors, at two processes',
  async run(ground) {
    const control = await startControlGround(ground.databases)
    try {
      return await measure(control, roundsOf(ground, ROUNDS))
    } finally {
      await control.stop()
    }
  },
}

async function measure(ground: ControlGround, rounds: number): Promise<readonly Figure[]> {
  const pattern = unrevoked(await patternOf(ground.products[0], ground.parties))
  const bare = await startBareAuthority(ground)
  const [executors, bareExecutors] = [ownExecutors(ground), executorsOfBare(ground, bare)]
  const [own, held]: [Ends[], Ends[]] = [[], []]
  try {
    await Promise.all([executors.ready(), bareExecutors.ready()])
    for (let round = 0; round < rounds; round++) {
      const tokens = await mintTokens(pattern, ground.signingKey, EXECUTORS)
      held.push(await kill(bare, bareExecutors, tokens))
      own.push(await kill(ground, executors, tokens))
      await nextSecond()
    }
  } finally {
    await Promise.all([executors.close(), bareExecutors.close()])
    await bare.stop()
  }
  const figures = (name: string, end: keyof Ends) =>
    figuresOf(
      name,
      own.map((ends) => ends[end]),
      held.map((ends) => ends[end]),
    )
  const alone = { ...placeOf(ground, ground.products[0].port), confirm: confirmNowhere }
  return [
    ...figures('kill-to-refusal', 'refused'),
    ...figures('kill-to-abort', 'aborted'),
    await executorAlone(alone, await mintTokens(pattern, ground.signingKey, ROUNDS_ALONE)),
  ]
}

/** At a place of its own in the list: the first switch revokes the token that gives the pattern. */
const unrevoked = (pattern: ApprovalClaims): ApprovalClaims => ({
  ...pattern,
  status: { status_list: { ...pattern.status.status_list, idx: 100_000 } },
})

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

function placeOf({ origin, parties }: ControlGround, port: number | undefined): Place {
  const send = sendTo(origin, port)
  return { issuer: origin, credential: parties.executorCredential, fetch: send, confirm: send }
}

const confirmNowhere = async () => new Response(null, { status: 201 })

const ownExecutors = (ground: ControlGround): Executors =>
  startExecutors(EXECUTORS, (at) => placeOf(ground, ground.products[at % 2]?.port))

/** Keys and lists are those of the authority: a bare server has none. */
const executorsOfBare = (ground: ControlGround, { ports }: BareAuthority): Executors =>
  startExecutors(EXECUTORS, (at) => {
    const toBare = sendTo(ground.origin, ports[at % 2])
    const place = placeOf(ground, ground.products[0].port)
    return {
      ...place,
      fetch: (input, init) => (String(input).endsWith('/executor/events') ? toBare : place.fetch)(input, init),
      confirm: confirmNowhere,
    }
  })

const sendTo =
  (origin: string, port: number | undefined): typeof fetch =>
  (input, init) =>
    fetch(String(input).replace(origin, `http://127.0.0.1:${port}`), init)

/** Milliseconds until the last executor. */
interface Ends {
  readonly refused: number
  readonly aborted: number
}

/** One switch, engaged as an authority does it and released again, so that the next round finds what this one found. */
async function kill(
  { engage, release }: Stopping,
  executors: Executors,
  tokens: readonly MintedToken[],
): Promise<Ends> {
  const calls = await executors.begin(tokens)
  const { id, committedAt } = await engage({ executor: FORUM })
  const { refusedAt, abortedAt } = await calls.cutOff
  await calls.confirm()
  await release(id)
  await calls.released()
  return { refused: refusedAt - committedAt, aborted: abortedAt - committedAt }
}
