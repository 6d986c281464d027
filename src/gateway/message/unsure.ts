/** Outcomes that the gateway makes itself: of a call whose end nobody knows, and of one that never reached its server. */
import { CODES, failed, type Outcome, type RpcError } from './json-rpc.ts'

const OUTCOME = 'io.countersign/outcome'

interface Own {
  readonly error: RpcError
}

/** Told apart by the object: what a server writes is never one of these. */
const unsureOnes = new WeakSet<RpcError>()
const overlongOnes = new WeakSet<RpcError>()
const unsentOnes = new WeakSet<RpcError>()

/** The call was sent, and nobody knows whether its server acted on it. */
export function unsure(why: string): Own {
  const outcome = failed(CODES.internal, why, { [OUTCOME]: 'unknown' })
  unsureOnes.add(outcome.error)
  return outcome
}

/** The server answered, with more than the gateway takes: how the call ended was not read. */
export function overlong(why: string): Own {
  const outcome = unsure(why)
  overlongOnes.add(outcome.error)
  return outcome
}

/** Nothing was sent to the server. */
export function unsent(why: string, code: number = CODES.internal): Own {
  const outcome = failed(code, why)
  unsentOnes.add(outcome.error)
  return outcome
}

export const isUnsure = (outcome: Outcome): outcome is Own => 'error' in outcome && unsureOnes.has(outcome.error)
export const isOverlong = (outcome: Outcome): outcome is Own => 'error' in outcome && overlongOnes.has(outcome.error)
export const isUnsent = (outcome: Outcome): outcome is Own => 'error' in outcome && unsentOnes.has(outcome.error)

/** Whether the gateway made it, in place of an answer of the server. */
export const isOwnOutcome = (outcome: Outcome): boolean => isUnsure(outcome) || isUnsent(outcome)
