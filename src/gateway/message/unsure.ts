/** The outcome of a call that was sent, where nobody knows whether its server acted on it. */
import { isJsonObject } from '@countersign/verifier/authority'
import { CODES, failed, type Outcome, type RpcError } from './json-rpc.ts'

const OUTCOME = 'io.countersign/outcome'

export const unsure = (why: string): { readonly error: RpcError } =>
  failed(CODES.internal, why, { [OUTCOME]: 'unknown' })

export const isUnsure = (outcome: Outcome): outcome is { readonly error: RpcError } =>
  'error' in outcome && isJsonObject(outcome.error.data) && outcome.error.data[OUTCOME] === 'unknown'
