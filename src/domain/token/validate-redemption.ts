/**
 * Validates a redemption: the rules before the deciding statement, and the refusal for its verdict.
 *
 * In: verified claims, the instant; a store verdict. Out: yes, or a refusal with its code.
 * Spends nothing: that is one SQL statement (`redeemOnce`). SPEC 7, 12.
 */
import type { ApprovalClaims } from '@countersign/verifier'
import { ok, type Refusal, type Result, refuse } from '../refusal.ts'

const MAX_LIFE_SECONDS = 600
const MAX_SKEW_SECONDS = 5

/** Checks issuer and times. Signature and shape were checked when the token was opened. */
export function validateForRedemption(claims: ApprovalClaims, issuer: string, now: number): Result<true> {
  if (claims.iss !== issuer) return refuse('token_issuer', 'This token was issued by another authority.')
  if (claims.exp - claims.iat > MAX_LIFE_SECONDS) return refuse('token_expired', 'No token lives that long. Ask again.')
  if (claims.iat > now + MAX_SKEW_SECONDS)
    return refuse('token_not_yet_valid', 'This token is from the future. Check the clocks.')
  if (claims.exp <= now) return refuse('token_expired', 'This token has expired. Ask for a new approval.')
  return ok(true)
}

export type SpendRefusal =
  | 'unknown'
  | 'altered'
  | 'expired'
  | 'revoked'
  | 'spent'
  | 'killed'
  | 'agent_revoked'
  | 'grant_ended'
  | 'grant_spent'

export function refusalOf(verdict: SpendRefusal): Refusal {
  switch (verdict) {
    case 'unknown':
      return { code: 'token_signature', message: 'This authority never issued that token.' }
    case 'altered':
      return { code: 'token_signature', message: 'This authority issued other claims under that id. Do not act.' }
    case 'expired':
      return { code: 'token_expired', message: 'This token has expired. Ask for a new approval.' }
    case 'revoked':
      return { code: 'token_revoked', message: 'This token was revoked before it was spent. Do not act.' }
    case 'agent_revoked':
      return { code: 'token_revoked', message: 'The agent behind this token was revoked. Do not act.' }
    case 'grant_ended':
      return { code: 'token_revoked', message: 'The grant behind this token has ended. Do not act.' }
    case 'grant_spent':
      return { code: 'token_redeemed', message: 'The grant behind this token is used up. Do not act.' }
    case 'killed':
      return { code: 'killed', message: 'A kill switch stops this action. Do not act.' }
    case 'spent':
      return { code: 'token_redeemed', message: 'This token was spent before. Do not act again.' }
  }
}
