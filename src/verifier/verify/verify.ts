/**
 * Verifies that a token approves exactly the call that is about to be made, and spends it.
 *
 * The order of the checks is fixed: those that cost the authority work, or a token its use, come last. SPEC 7.
 */
import { type ActionCall, type ActionSpec, actionBytes, type CallSnapshot, snapshotCall } from '../action/action.ts'
import type { SeriesUse } from '../action/bounds.ts'
import type { ApproverDirectory } from '../authority/approvers.ts'
import type { CachedDocument } from '../authority/document.ts'
import { type Redemption, type RedemptionDesk, redeem } from '../authority/redeem.ts'
import type { Moment, StatusMemory } from '../authority/status.ts'
import { digestFrom, hash } from '../data/digest.ts'
import { ApprovalError } from '../errors/approval-error.ts'
import { demand, insist, refusingAsync } from '../errors/refuse.ts'
import type { ApprovalClaims } from '../jwt/claims.ts'
import { type DpopProof, verifyDpop } from '../jwt/dpop.ts'
import { openToken } from '../jwt/token.ts'
import type { ResolveKey } from '../keys/jws.ts'
import { type Approval, approvalOf } from './approval.ts'
import { type CheckContext, checkBinding, checkState, type FindState, reporting } from './check-state.ts'
import type { Live } from './live-port.ts'
import { claimAll, type ReplayCache } from './replay.ts'
import { checkQuorum, verifyConsents } from './verify-consents.ts'

/** The HTTP request that presented a token. */
export type DpopPresentation = {
  /** The `DPoP` header, if there was exactly one. */
  readonly proof?: string | undefined
  readonly method: string
  /** The request's path or URL, as the server sees it. Only the path counts: `publicUrl` gives the rest. */
  readonly url: string
  /** The header that carried the token. Default `authorization`. */
  readonly carriedIn?: 'authorization' | 'approval-token' | undefined
  /** The scheme in `Authorization`. Default `DPoP`. A bound token under `Bearer` is refused. */
  readonly scheme?: 'Bearer' | 'DPoP' | undefined
}

/** Options of one verification. */
export type VerifyOptions = {
  readonly dpop?: DpopPresentation | undefined
  /** Accept tokens of origin `policy`. Default: true, except with pinned approvers. */
  readonly policyMayAllow?: boolean | undefined
  /**
   * The state of the resource now, 1 to 1024 bytes. A function is called when everything else holds, just before the
   * token is spent. Given, the token must be bound to exactly this state; not given, to none: else `state_changed`.
   * `state_unknown` where it is no such text, or the function fails or takes longer than `timeoutMs`.
   */
  readonly state?: string | FindState | undefined
}

/** The trust and the memory of one executor. */
export type VerifyContext = CheckContext & {
  readonly issuer: string
  readonly audience: string
  readonly resolveKey: ResolveKey
  readonly directory: CachedDocument<ApproverDirectory>
  readonly pinned: boolean
  readonly acceptSelfApproval: boolean
  readonly requireProofOfPossession: boolean
  readonly publicUrl: string | undefined
  readonly status: StatusMemory
  /** The authority's stream of events, where it is followed. */
  readonly live: Live | undefined
  /** Tokens by `jti`. */
  readonly tokens: ReplayCache
  /** Approval requests: a person's signature names the request, not the token. */
  readonly requests: ReplayCache
  readonly proofs: ReplayCache
  readonly clock: () => Moment
  readonly staleAfterSeconds: number
  /** Absent under `withoutRedemption`. */
  readonly desk: RedemptionDesk | undefined
  readonly now: () => number
}

const MAX_LIFE_SECONDS = 600

/** The checks of SPEC 7, in their order, stopping at the first that fails. */
export async function verify(
  context: VerifyContext,
  token: string,
  call: ActionCall | ActionSpec,
  options: VerifyOptions = {},
): Promise<Approval> {
  // The call is read before anything waits, so that the caller cannot change it afterwards.
  const wanted = snapshotCall(call)
  const { claims } = await openToken(token, context.resolveKey)
  demand(claims.iss === context.issuer, 'token_issuer')
  demand(claims.aud === context.audience, 'token_audience')
  checkTime(claims, context)
  const series = await reporting(context, claims, () => checkAction(claims, wanted))
  const { state } = options
  await checkBinding(context, claims, state !== undefined)
  if (state !== undefined && typeof state !== 'function') await checkState(context, claims, () => state)
  checkQuorum(claims, {
    policyMayAllow: options.policyMayAllow ?? !context.pinned,
    acceptSelfApproval: context.acceptSelfApproval,
  })
  if (claims.approval.consents.length > 0) await verifyConsents(claims, context.directory)
  const proof = await checkPossession(context, claims, token, options.dpop)
  context.live?.check(claims)
  await context.status.check(claims.status.status_list.uri, claims.status.status_list.idx)
  if (typeof state === 'function') await checkState(context, claims, state)
  return approvalOf(claims, await spend(context, claims, token, proof, series))
}

function checkTime({ iat, exp }: ApprovalClaims, { now, skewSeconds }: VerifyContext): void {
  const time = now()
  demand(iat <= time + skewSeconds, 'token_not_yet_valid')
  demand(time < exp + skewSeconds && exp - iat <= MAX_LIFE_SECONDS, 'token_expired')
}

/** Returns what the call uses up of a grant, where the token is of one. */
async function checkAction(claims: ApprovalClaims, wanted: CallSnapshot): Promise<readonly SeriesUse[]> {
  const [{ name, resource, salt, digest, bounds }] = claims.authorization_details
  demand(digest === digestFrom(await hash(actionBytes(wanted, salt, claims.aud))), 'action_mismatch')
  demand(name === wanted.name && resource === wanted.resource && salt === (wanted.salt ?? salt), 'action_mismatch')
  return bounds ? (await import('../action/bounds.ts')).checkSeries(wanted, bounds, claims) : []
}

/** The proof of a token that is bound to a key. */
async function checkPossession(
  { now, skewSeconds, publicUrl, requireProofOfPossession }: VerifyContext,
  { cnf }: ApprovalClaims,
  token: string,
  { proof, carriedIn, scheme = 'DPoP', method, url }: Partial<DpopPresentation> = {},
): Promise<DpopProof | undefined> {
  if (cnf === undefined) return void demand(!requireProofOfPossession, 'proof_of_possession')
  if (!publicUrl) throw new ApprovalError('proof_of_possession', { message: NO_ADDRESS })
  return await refusingAsync('proof_of_possession', async () => {
    insist(proof !== undefined && method !== undefined && url !== undefined, 'a proof')
    insist(carriedIn === 'approval-token' || scheme === 'DPoP', 'scheme')
    const expected = { method, url: addressOf(publicUrl, url), token, carriedIn, jkt: cnf.jkt, now: now(), skewSeconds }
    return await verifyDpop(proof, expected)
  })
}

const NO_ADDRESS = 'The operator has to set publicUrl.'

/** The path of `url` under the executor's own address. The host that a request names is the sender's word. */
const addressOf = (publicUrl: string, url: string): string =>
  publicUrl.replace(/\/$/, '') + url.replace(/^\w+:\/\/[^/?#]*/, '')

/** Spends the token here and at the authority. A failed attempt leaves it, and the proof, unspent. */
async function spend(
  context: VerifyContext,
  claims: ApprovalClaims,
  token: string,
  proof: DpopProof | undefined,
  series: readonly SeriesUse[],
): Promise<Redemption | undefined> {
  const uses = [...(proof ? [claimOf(context, proof)] : []), ...usesOf(context, claims, series)]
  const release = await reporting(context, claims, () => claimAll(uses))
  if (context.desk === undefined) return undefined
  try {
    return await redeem(context.desk, token, claims)
  } catch (error) {
    release()
    throw error
  }
}

const claimOf = ({ proofs }: VerifyContext, { jkt, jti, expiresAt }: DpopProof) =>
  [proofs, `${jkt} ${jti}`, 1, expiresAt] as const

/**
 * One use of the token, of the request behind it and of its grant. A hostile authority can put one person's consent into
 * any number of tokens, but the consent names its request, and that acts here no more often than was consented to.
 */
function usesOf(
  { tokens, requests, skewSeconds }: VerifyContext,
  claims: ApprovalClaims,
  series: readonly SeriesUse[],
): Parameters<typeof claimAll>[0] {
  const [{ uses }] = claims.authorization_details
  const { request, consents } = claims.approval
  const until = Math.max(claims.exp, ...consents.map((consent) => consent.expires)) + skewSeconds
  return [
    [tokens, claims.jti, uses, claims.exp + skewSeconds],
    [requests, request, uses, until],
    ...series.map(([id, most, taken]) => [requests, id, most, until, taken] as const),
  ]
}
