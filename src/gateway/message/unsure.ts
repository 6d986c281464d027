/** The outcome of a call that was sent, where nobody knows whether its server acted on it. */
import { CODES, failed, type Outcome, type RpcError } from './json-rpc.ts'

const OUTCOME = 'io.countersign/outcome'

/** Told apart by the object: what a server writes is never one of these. */
const made = new WeakSet<RpcError>()

export function unsure(why: string): { readonly error: RpcError } {
  const outcome = failed(CODES.internal, why, { [OUTCOME]: 'unknown' })
  made.add(outcome.error)
  return outcome
}

export const isUnsure = (outcome: Outcome): outcome is { readonly error: RpcError } =>
  'error' in outcome && made.has(outcome.error)
