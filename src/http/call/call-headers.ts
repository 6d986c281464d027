/**
 * Reads the headers that shape a call: how long to wait, under which key to repeat, in which trace, bound to which key.
 * RFC 7240; RFC 9449; W3C Trace Context.
 */
import type { Context } from 'hono'
import { position } from '../../api/wire-fields.ts'
import type { Patience } from '../../authority/own-request.ts'
import type { PossessionProof } from '../../authority/tokens/possession.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'

/** A waiting call is held at most this long; load balancers cut longer ones. */
const MAX_WAIT_SECONDS = 55

/** `Prefer: wait=N`, in milliseconds; 0 without it. */
export function waitMs(context: Context): number {
  const wait = /(?:^|[,;\s])wait=(\d{1,5})(?:$|[,;\s])/.exec(context.req.header('prefer') ?? '')?.[1]
  return Math.min(Number(wait ?? 0), MAX_WAIT_SECONDS) * 1000
}

/** How long the caller waits, and whether it still does. */
export const patienceOf = (context: Context): Patience => ({
  timeoutMs: waitMs(context),
  signal: context.req.raw.signal,
})

export interface Idempotency {
  readonly idempotencyKey?: string
  /** Hash of the body that came with the key. */
  readonly bodyHash?: string
}

/** `Idempotency-Key`, 1 to 255 visible characters, and the hash of the body; empty without the header. */
export async function idempotencyOf(context: Context, bodyHash: () => Promise<string>): Promise<Result<Idempotency>> {
  const idempotencyKey = context.req.header('idempotency-key')
  if (idempotencyKey === undefined) return ok({})
  if (/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) return ok({ idempotencyKey, bodyHash: await bodyHash() })
  return refuse('invalid_request', 'Idempotency-Key has to be 1 to 255 visible ASCII characters.')
}

/** The `DPoP` header and what its proof has to cover. The URL is the configured one, never that of a Host header. */
export function possessionOf(context: Context, origin: string): PossessionProof | undefined {
  const proof = context.req.header('dpop')
  return proof === undefined ? undefined : { proof, method: context.req.method, url: `${origin}${context.req.path}` }
}

/** The caller's own trace id, for correlation only. */
export const parentTrace = (context: Context): string | undefined =>
  /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(context.req.header('traceparent') ?? '')?.[1]

/** `Last-Event-ID`: the place that a stream of events goes on after. */
export function lastEventId(context: Context): Result<number | undefined> {
  const id = position.optional().safeParse(context.req.header('last-event-id'))
  if (id.success) return ok(id.data)
  return refuse('invalid_request', 'Last-Event-ID: the id of the last event that was read.', { status: 400 })
}

/** `X-Request-ID`, which comes back as it is: 1 to 256 visible ASCII characters. */
export function requestIdOf(context: Context): Result<string | undefined> {
  const id = context.req.header('x-request-id')
  if (id === undefined || /^[\x21-\x7e]{1,256}$/.test(id)) return ok(id)
  return refuse('invalid_request', 'X-Request-ID has to be 1 to 256 visible ASCII characters.')
}
