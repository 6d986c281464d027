/**
 * Mints an approval token. No other code does.
 *
 * In: its cause (verified consents, or a policy's allow), a receipt for its ledger entry, the committed claims and the
 * key. Out: the compact JWS. Minting the same claims again gives the same token but for the signature.
 * Refuses claims that name fewer distinct humans than their quorum (`quorum_unmet`), or outlive a consent
 * (`consent_invalid`). SPEC 6.
 */
import { type ApprovalClaims, canonicalize, outlives } from '@countersign/verifier'
import type { VerifiedConsent } from '../consent/verify-consent.ts'
import type { LedgerReceipt } from '../ledger/receipt.ts'
import type { PolicyDecision } from '../policy/policy.ts'
import { ok, type Result, refuse } from '../refusal.ts'
import type { SigningKey } from './signing-keys.ts'
import { sign } from './signing-keys.ts'

/** The cause that allows a token to exist. */
export type Cause =
  | { readonly origin: 'human'; readonly consents: readonly VerifiedConsent[] }
  | { readonly origin: 'policy'; readonly decision: PolicyDecision & { readonly effect: 'allow' } }

/** Misuse (claims of another cause, or of another entry) throws `TypeError`. */
export async function mint(
  cause: Cause,
  receipt: LedgerReceipt,
  claims: ApprovalClaims,
  key: SigningKey,
): Promise<Result<string>> {
  if (claims.approval.origin !== cause.origin) throw new TypeError('These claims are of another origin')
  if (claims.log.leaf !== receipt.leaf) throw new TypeError('These claims name another ledger entry')
  if (claims.approval.consents.some((consent) => outlives(claims, consent)))
    return refuse('consent_invalid', 'A consent ends before the token would. Open a new request.')
  if (cause.origin === 'human' && !fillsQuorum(cause.consents, claims)) {
    return refuse('quorum_unmet', 'Too few people have consented. Wait for the others, or open a new request.')
  }
  return ok(await sign('approval+jwt', claims, key))
}

/**
 * Signs the claims of a token that has ended, for auditors: no executor accepts it. Misuse (a token that lives, or
 * claims of another entry) throws `TypeError`.
 */
export async function signEnded(
  receipt: LedgerReceipt,
  claims: ApprovalClaims,
  key: SigningKey,
  now: number,
): Promise<string> {
  if (claims.exp > now) throw new TypeError('This token lives: only its cause may sign it')
  if (claims.log.leaf !== receipt.leaf) throw new TypeError('These claims name another ledger entry')
  return sign('approval+jwt', claims, key)
}

/** Every consent the claims carry was verified, and they come from enough distinct people. */
function fillsQuorum(consents: readonly VerifiedConsent[], claims: ApprovalClaims): boolean {
  const verified = new Set(consents.map(({ consent }) => canonicalize(consent)))
  const all = claims.approval.consents.every((consent) => verified.has(canonicalize(consent)))
  const people = new Set(claims.approval.consents.map((consent) => consent.approver))
  return all && people.size >= claims.approval.quorum
}
