/**
 * Verifies that a token approves exactly the call that is about to be made, and spends it.
 *
 * In:  the token, the call, how the token was presented, what this executor trusts.
 * Out: a frozen `Approval`, or an `ApprovalError`.
 *
 * The order of the checks is fixed: whatever costs the authority work, or a token its life, comes last. DESIGN 7.
 */
import { type ActionCall, type ActionSpec, actionBytes, type CallSnapshot, snapshotCall } from './action.ts'
import { type Approval, approvalOf } from './approval.ts'
import type { ApproverDirectory } from './approvers.ts'
import type { ApprovalClaims } from './claims.ts'
import type { CachedDocument } from './document.ts'
import { verifyDpop } from './dpop.ts'
import { type Bytes, base64urlEncode, sha256 } from './encoding.ts'
import { ApprovalError } from './errors.ts'
import { checkQuorum } from './quorum.ts'
import { type Redemption, type RedemptionDesk, redeem } from './redeem.ts'
import type { ReplayCache } from './replay.ts'
import type { StatusMemory } from './status.ts'
import { beginToken, type ResolveKey } from './token.ts'
import { verifyConsents } from './verify-consents.ts'

/** How a token reached the executor over HTTP. */
export type DpopPresentation = {
  /** The `DPoP` header, if there was exactly one. */
  readonly proof?: string
  readonly method: string
  /** The URL as the client addressed it. */
  readonly url: string
  /** The header that carried the token. Default `authorization`. */
  readonly carriedIn?: 'authorization' | 'approval-token'
  /** The scheme in `Authorization`. Default `DPoP`. A bound token under `Bearer` is refused. */
  readonly scheme?: 'Bearer' | 'DPoP'
}

/** What may accompany a token. */
export type VerifyOptions = {
  readonly dpop?: DpopPresentation
  /** Whether a policy's word is enough. Default: yes, except with pinned approvers. */
  readonly policyMayAllow?: boolean
}

/** What one executor trusts, and what it remembers. */
export type VerifyContext = {
  readonly issuer: string
  readonly audience: string
  readonly resolveKey: ResolveKey
  readonly directory: CachedDocument<ApproverDirectory>
  readonly pinned: boolean
  readonly acceptSelfApproval: boolean
  readonly requireProofOfPossession: boolean
  readonly status: StatusMemory
  /** Tokens by `jti`. */
  readonly tokens: ReplayCache
  /** Approval requests: a person's signature names the request, not the token. */
  readonly requests: ReplayCache
  /** DPoP proofs. */
  readonly proofs: ReplayCache
  /** Absent under `withoutRedemption`. */
  readonly desk: RedemptionDesk | undefined
  /** Epoch seconds. */
  readonly now: () => number
  readonly skewSeconds: number
}

/** Longest life of a token, in seconds. */
const MAX_LIFE_SECONDS = 600

/** The checks of DESIGN 7, in their order, stopping at the first that fails. */
export async function verify(
  context: VerifyContext,
  token: string,
  call: ActionCall | ActionSpec,
  options: VerifyOptions = {},
): Promise<Approval> {
  // The call is read before anything waits: what is digested is what was passed in.
  const wanted = snapshotCall(call)
  const { claims, proof } = await beginToken(token, context.resolveKey)
  const [details] = claims.authorization_details
  const digest = sha256(actionBytes(wanted, details.salt, context.audience))
  await proof
  if (claims.iss !== context.issuer) throw new ApprovalError('token_issuer')
  if (claims.aud !== context.audience) throw new ApprovalError('token_audience')
  checkTime(claims, context)
  checkAction(claims, wanted, await digest)
  checkQuorum(claims, {
    policyMayAllow: options.policyMayAllow ?? !context.pinned,
    acceptSelfApproval: context.acceptSelfApproval,
  })
  if (claims.approval.consents.length > 0) await verifyConsents(claims, context.directory)
  await checkPossession(context, claims, token, options.dpop)
  await context.status.check(claims.status.status_list.uri, claims.status.status_list.idx)
  return approvalOf(claims, await spend(context, claims, token))
}

function checkTime({ iat, exp }: ApprovalClaims, { now, skewSeconds }: VerifyContext): void {
  const time = now()
  if (iat > time + skewSeconds) throw new ApprovalError('token_not_yet_valid')
  if (time >= exp + skewSeconds || exp - iat > MAX_LIFE_SECONDS) throw new ApprovalError('token_expired')
}

function checkAction(claims: ApprovalClaims, wanted: CallSnapshot, digest: Bytes): void {
  const [{ name, resource, salt, digest: approved }] = claims.authorization_details
  const same = approved === `sha-256:${base64urlEncode(digest)}` && name === wanted.name && resource === wanted.resource
  if (!same || (wanted.salt !== undefined && wanted.salt !== salt)) throw new ApprovalError('action_mismatch')
}

async function checkPossession(
  context: VerifyContext,
  claims: ApprovalClaims,
  token: string,
  presentation: DpopPresentation | undefined,
): Promise<void> {
  if (claims.cnf === undefined) {
    if (context.requireProofOfPossession) throw new ApprovalError('proof_of_possession')
    return
  }
  const { proof, method, url, carriedIn = 'authorization', scheme = 'DPoP' } = presentation ?? {}
  if (proof === undefined || method === undefined || url === undefined) throw new ApprovalError('proof_of_possession')
  if (carriedIn === 'authorization' && scheme !== 'DPoP') throw new ApprovalError('proof_of_possession')
  const { now, skewSeconds } = context
  const { jkt } = claims.cnf
  const held = await verifyDpop(proof, { method, url, token, jkt, carriedIn, now: now(), skewSeconds })
  if (!context.proofs.claim(held.jti, 1, held.expiresAt)) throw new ApprovalError('proof_of_possession')
}

/** Spends the token here and at the authority. An attempt that fails leaves it as it was. */
async function spend(context: VerifyContext, claims: ApprovalClaims, token: string): Promise<Redemption | undefined> {
  const release = claimUse(context, claims)
  if (context.desk === undefined) return undefined
  try {
    return await redeem(context.desk, token, claims)
  } catch (error) {
    release()
    throw error
  }
}

/**
 * Claims one use of the token and of the request behind it. A hostile authority can put one person's consent into any
 * number of tokens, but the consent names its request, and that acts here no more often than was consented to.
 */
function claimUse({ tokens, requests, skewSeconds }: VerifyContext, claims: ApprovalClaims): () => void {
  const [{ uses }] = claims.authorization_details
  const { request, consents } = claims.approval
  const consentedUntil = Math.max(claims.exp, ...consents.map((consent) => consent.expires))
  const releaseToken = tokens.claim(claims.jti, uses, claims.exp + skewSeconds)
  if (releaseToken === undefined) throw new ApprovalError('token_redeemed')
  try {
    const releaseRequest = requests.claim(request, uses, consentedUntil + skewSeconds)
    if (releaseRequest === undefined) throw new ApprovalError('token_redeemed')
    return () => {
      releaseToken()
      releaseRequest()
    }
  } catch (error) {
    releaseToken()
    throw error
  }
}
