/**
 * Calls that their server has not finished: it asked the client for input, and the same call comes back with the state
 * that the server gave and the answers that it asked for. Such a follow-up of an approved call belongs to the approval,
 * ten times and for ten minutes; one of a call that policy allowed is judged again. SPEC 14.
 */
import { type JsonObject, sha256 } from '@countersign/verifier'
import { type Outcome, objectIn } from '../message/json-rpc.ts'

/** An approved call that was redeemed and made. */
export interface RedeemedRun {
  readonly jti: string
  readonly use: number
  /** Of its action. */
  readonly salt: string
  /** The arguments that were approved. */
  readonly args: JsonObject
  /** What its result says of the approval. */
  readonly approval: JsonObject
}

/** The same, across its rounds. */
export interface ApprovedRun extends RedeemedRun {
  /** How often the call has come back. */
  readonly count: number
  /** Milliseconds of `performance.now()`. */
  readonly endsAt: number
}

export interface FollowUp {
  /** What the server gets beside the call: its own state, and no answer that it did not ask for. */
  readonly members: JsonObject
  /** Undefined for a call that policy allowed. */
  readonly approved: ApprovedRun | undefined
  /** The server has not got it: the same may come back. */
  readonly giveBack: () => void
}

export interface FollowUps {
  /** Notes that the call under this key may come back, where its server asks for input. */
  readonly note: (outcome: Outcome, approved: ApprovedRun | undefined, keyOf: () => Promise<string>) => Promise<void>
  /** The follow-up that the call is, which is then used up; undefined where its server waits for none. */
  readonly take: (key: string, params: JsonObject) => Promise<FollowUp | undefined>
}

interface Open {
  readonly asked: ReadonlySet<string>
  readonly approved: ApprovedRun | undefined
}

const MAX_OPEN = 200
const MAX_COUNT = 10
const LIFE_MS = 600_000

/** Of one agent. */
export function createFollowUps(now: () => number = () => performance.now()): FollowUps {
  const open = new Map<string, Open>()
  return {
    async note(outcome, before, keyOf) {
      if ('error' in outcome || outcome.result['resultType'] !== 'input_required') return
      const approved = before && { ...before, count: before.count + 1 }
      if (approved && approved.count > MAX_COUNT) return
      const mark = await markOf(await keyOf(), outcome.result)
      const [oldest] = open.keys()
      if (open.size >= MAX_OPEN && oldest !== undefined) open.delete(oldest)
      if (mark !== undefined) open.set(mark, { asked: keysOf(outcome.result, 'inputRequests'), approved })
    },
    async take(key, params) {
      const mark = await markOf(key, params)
      const one = mark === undefined ? undefined : open.get(mark)
      if (mark === undefined || !one) return undefined
      open.delete(mark)
      if (one.approved && one.approved.endsAt <= now()) return undefined
      return { members: membersOf(params, one), approved: one.approved, giveBack: () => void open.set(mark, one) }
    },
  }
}

/** The rounds of a call that was made now. */
export const newRounds = (run: RedeemedRun, now: number = performance.now()): ApprovedRun => ({
  ...run,
  count: 0,
  endsAt: now + LIFE_MS,
})

/** What a `requestState` of the gateway begins with; those of servers are passed on to them. */
export const OWN_STATE = 'countersign.'
export const isOwnState = (state: unknown): state is string => typeof state === 'string' && state.startsWith(OWN_STATE)

/** Whether a call comes back with what it was asked for. */
export const isRepeated = (params: JsonObject): boolean => 'requestState' in params || 'inputResponses' in params

const keysOf = (value: JsonObject, name: string): ReadonlySet<string> => new Set(Object.keys(objectIn(value, name)))

/** Undefined for a state that is no text. */
async function markOf(key: string, { requestState }: JsonObject): Promise<string | undefined> {
  if (requestState === undefined) return key
  return typeof requestState === 'string' ? `${key} ${(await sha256(requestState)).join()}` : undefined
}

function membersOf(params: JsonObject, { asked }: Open): JsonObject {
  const { requestState } = params
  const given = Object.entries(objectIn(params, 'inputResponses')).filter(([name]) => asked.has(name))
  return {
    ...(given.length > 0 ? { inputResponses: Object.fromEntries(given) } : {}),
    ...(requestState === undefined ? {} : { requestState }),
  }
}
