/** The identity of a call with an Idempotency-Key, as the store keeps it; null without a key. */
import { refuse } from '../domain/refusal.ts'
import type { Idempotency } from '../store/contract/request-store.ts'

/** `bodyHash` is the hash of the body: the same key with another body is refused. */
export interface KeyedCall {
  readonly idempotencyKey?: string | undefined
  readonly bodyHash?: string | undefined
}

export function idempotencyOf(client: string, endpoint: string, call: KeyedCall): Idempotency | null {
  const { idempotencyKey: key, bodyHash } = call
  return key === undefined || bodyHash === undefined ? null : { client, endpoint, key, bodyHash }
}

export const keyReused = () =>
  refuse('invalid_request', 'This Idempotency-Key was used with another body. Use a new key.', { status: 422 })
