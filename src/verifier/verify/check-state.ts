/**
 * Compares the state that a token is bound to with the state that the executor finds now.
 *
 * A state that cannot be found, or not in time, is refused like a changed one. Spends nothing. SPEC 4.5 and 7.
 */
import { parseState, stateDigest } from '../action/state.ts'
import type { Reporter } from '../authority/outcome.ts'
import type { Transport } from '../authority/transport.ts'
import { ApprovalError, type ErrorCode } from '../errors/approval-error.ts'
import { demand, refusingAsync } from '../errors/refuse.ts'
import type { ApprovalClaims } from '../jwt/claims.ts'
import type { ReplayCache } from './replay.ts'

export type FindState = () => string | Promise<string>

/** The part of a verifier that compares states. */
export type CheckContext = {
  readonly transport: Transport
  readonly reporter: Reporter | undefined
  /** Refusals that were reported, by code and `jti`. */
  readonly reported: ReplayCache
  readonly onError: (error: unknown) => void
  readonly skewSeconds: number
}

/** Calls an executor's function. Throws `state_unknown` where that throws, takes too long or returns no state. */
export function findState({ transport, onError }: CheckContext, find: FindState): Promise<string> {
  return refusingAsync('state_unknown', async () => {
    try {
      return parseState(await Promise.race([find(), expiryOf(AbortSignal.timeout(transport.timeoutMs))]))
    } catch (error) {
      onError(error)
      throw error
    }
  })
}

const expiryOf = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

/** Throws `state_changed` unless the token has a state exactly where the executor names one. */
export const checkBinding = (context: CheckContext, claims: ApprovalClaims, named: boolean): Promise<void> =>
  reporting(context, claims, async () => {
    const [{ state }] = claims.authorization_details
    demand(named === (state !== undefined), 'state_changed')
  })

/** Throws `state_changed` unless the state now is the one of the token, and `state_unknown` as `findState` does. */
export const checkState = (context: CheckContext, claims: ApprovalClaims, find: FindState): Promise<void> =>
  reporting(context, claims, async () => {
    const [{ state, resource, salt }] = claims.authorization_details
    const now = await findState(context, find)
    demand(state === (await stateDigest(now, { audience: claims.aud, resource, salt })), 'state_changed')
  })

/** A refusal of a token that the authority signed is a fact for the ledger. */
export async function reporting<T>(
  context: CheckContext,
  claims: ApprovalClaims,
  check: () => T | Promise<T>,
): Promise<T> {
  try {
    return await check()
  } catch (error) {
    if (error instanceof ApprovalError) await reportOnce(context, claims, error.code)
    throw error
  }
}

/** Once a token, however often that is presented. */
async function reportOnce(
  { reporter, reported, skewSeconds }: CheckContext,
  claims: ApprovalClaims,
  code: ErrorCode,
): Promise<void> {
  try {
    reported.claim(code + claims.jti, 1, claims.exp + skewSeconds)
  } catch {
    return
  }
  await reporter?.refused(claims, code)
}
