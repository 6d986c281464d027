/** The identity of a call with an Idempotency-Key, as the store keeps it; null without a key. */
import { refuse } from '../domain/refusal.ts'
import type { Idempotency } from '../store/contract/request-store.ts'

interface KeyedCall {
  readonly idempotencyKey?: string | undefined
  readonly bodyHash?: string | undefined
}

export function idempotencyOf(
  client: string,
  endpoint: string,
  { idempotencyKey, bodyHash }: KeyedCall,
): Idempotency | null {
  if (idempotencyKey === undefined || bodyHash === undefined) return null
  return { client, endpoint, key: idempotencyKey, bodyHash }
}

export const keyReused = () =>
  refuse('invalid_request', 'This Idempotency-Key was used with another body. Use a new key.', { status: 422 })
