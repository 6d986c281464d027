/**
 * Redeems a token: an executor spends one use of it, exactly once. One SQL statement decides. Policy is asked before
 * it, about the executor in the version that the statement requires. Refusals go into the ledger. SPEC 7, 8, 11.
 */
import { type ApprovalClaims, base64urlEncode, type Digest, openToken, sha256 } from '@countersign/verifier'
import { canonicalText } from '@countersign/verifier/authority'
import { traceOf } from '../../domain/approval/approval-request.ts'
import { spentGrant } from '../../domain/approval/outside-grant.ts'
import { grantBudget } from '../../domain/approval/series.ts'
import { partiesOfClaims, prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Refusal, type Result, refuse, refused } from '../../domain/refusal.ts'
import { refusalOf, validateForRedemption } from '../../domain/token/validate-redemption.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { RedeemVerdict, RedemptionAttempt, TokenStore } from '../../store/contract/token-store.ts'
import type { Uses } from '../deps.ts'
import type { PolicyNeeds } from '../policy/ask-policy.ts'
import { type Freshness, haveChanged, partiesFor } from '../policy/call-parties.ts'
import { type RefusalNeeds, recordRefusal } from '../refusal-record.ts'
import { parsing, tooMany } from '../refusals.ts'
import { type StillPermittedNeeds, stillPermitted } from './still-permitted.ts'

export interface Redemption {
  readonly jti: string
  readonly request: string
  readonly trace: string
  readonly use: number
  readonly redeemedAt: number
}

/** The hash of an executor's credential: its validity is part of the deciding statement. */
type Redeemer = Pick<RedemptionAttempt, 'credentialHash'>

type Needs = RefusalNeeds &
  PolicyNeeds &
  StillPermittedNeeds &
  Uses<TokenStore & RequestStore & CallerStore, 'config' | 'keys' | 'policy' | 'parties' | 'log' | 'meters'>

export async function redeem(deps: Needs, redeemer: Redeemer, token: string): Promise<Result<Redemption>> {
  const now = deps.now()
  const opened = await openOwn(deps, token, now)
  if (!opened.ok) return opened
  const claims = opened.value
  const waitSeconds = await refusedTooOften(deps, redeemer, claims)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const valid = validateForRedemption(claims, deps.config.origin, now)
  if (!valid.ok) return refuseRedemption(deps, redeemer, claims, valid.refusal)
  const attempt = { redeemer, claims, signature: token.slice(token.lastIndexOf('.') + 1), now }
  return spend(deps, attempt, 'known')
}

/** The claims of a token whose shape and signature hold. Its text is never kept. */
const openOwn = ({ keys }: Needs, token: string, now: number): Promise<Result<ApprovalClaims>> =>
  parsing(async () => ok((await openToken(token, (kid) => keys.resolve(kid, now))).claims))

interface Attempt {
  readonly redeemer: Redeemer
  readonly claims: ApprovalClaims
  readonly signature: string
  readonly now: number
}

/**
 * `known`: parties and policy as they were last read. Where that leads to a no, they are read again and asked again,
 * unless they are the same: then the answer would be, too, and an outside engine would be asked twice.
 */
async function spend(deps: Needs, attempt: Attempt, as: Freshness, tries = 1): Promise<Result<Redemption>> {
  const { redeemer, claims, signature, now } = attempt
  const named = { audience: claims.aud, agent: claims.act.sub, principal: claims.sub }
  const { executor, agent } = await partiesFor(deps, named, as)
  if (!executor) return refuseRedemption(deps, redeemer, claims, UNREGISTERED)
  const policy = await (as === 'known' ? deps.policy.known() : deps.policy.read())
  const presented = await presentedToken(redeemer, claims, now)
  const { claimsDigest } = presented
  const permission = agent && (await stillPermitted(deps, { claims, claimsDigest, policy, agent, executor, now }, as))
  if (permission === 'altered') return refuseRedemption(deps, redeemer, claims, refusalOf('altered'))
  if (!agent || !permission) {
    if (as === 'known' && (await haveChanged(deps, named, { executor, agent, policy })))
      return spend(deps, attempt, 'now')
    const end = await deps.store.tokenEnd(presented)
    return refuseRedemption(
      deps,
      redeemer,
      claims,
      end ? await refusalFor(deps, claims, end, now) : NO_LONGER_PERMITTED,
    )
  }
  const trace = traceOf(claims.approval.request)
  const verdict = await deps.store.redeemOnce({
    executorVersion: executor.version,
    agentVersion: agent.version,
    policyVersion: policy.version,
    people: permission.people,
    signature,
    entryFor: (use) => prepareEntry('token.redeemed', now, trace, { ...partiesOfClaims(claims), use }),
    ...presented,
  })
  if (verdict.verdict === 'stale_party') {
    const isOver = tries === MAX_TRIES
    return isOver
      ? refuseRedemption(deps, redeemer, claims, NO_LONGER_PERMITTED)
      : spend(deps, attempt, 'now', tries + 1)
  }
  if (verdict.verdict !== 'redeemed')
    return refuseRedemption(deps, redeemer, claims, await refusalFor(deps, claims, verdict.verdict, now))
  deps.meters.redeemed()
  deps.log.info('token.redeemed', { trace, jti: claims.jti, executor: claims.aud })
  return ok({ jti: claims.jti, request: claims.approval.request, trace, use: verdict.use, redeemedAt: now })
}

const presentedToken = async ({ credentialHash }: Redeemer, claims: ApprovalClaims, now: number) => {
  const [{ bounds }] = claims.authorization_details
  const grant = bounds ? grantBudget(bounds) : null
  // The members of claims that were read are in order, so that the fast writer will do.
  const claimsDigest: Digest = `sha-256:${base64urlEncode(await sha256(canonicalText(claims)))}`
  return { jti: claims.jti, audience: claims.aud, claimsDigest, credentialHash, grant, now }
}

/** Rows that no proof stands behind stay other than was decided on, however often they are read. */
const MAX_TRIES = 20

const UNREGISTERED: Refusal = { code: 'token_audience', message: 'This executor is not registered here.' }
const OTHER_EXECUTOR: Refusal = { code: 'token_audience', message: 'This token is made out to another executor.' }
const NO_LONGER_PERMITTED: Refusal = {
  code: 'policy_denied',
  message: 'The policy no longer permits this action. Do not act.',
}

async function refusalFor(
  { store }: Needs,
  { approval, authorization_details: [{ bounds }] }: ApprovalClaims,
  verdict: Exclude<RedeemVerdict['verdict'], 'redeemed' | 'stale_party'>,
  now: number,
): Promise<Refusal> {
  if (verdict === 'unauthenticated') return OTHER_EXECUTOR
  const plain = refusalOf(verdict)
  if (!bounds || (verdict !== 'grant_ended' && verdict !== 'grant_spent')) return plain
  const [grant, request] = await Promise.all([store.request(bounds.grant), store.request(approval.request)])
  const named = grant && request?.action && spentGrant(grant, request.action.arguments, now)
  return named ? { ...plain, message: `${named.message} Do not act.` } : plain
}

/**
 * Redemptions that succeed are bounded by the tokens there are; those that fail are counted, of one executor and of one
 * token there, so that an agent who presents one token again and again uses up no executor's calls.
 */
async function refusedTooOften({ limits }: Needs, { credentialHash }: Redeemer, { jti }: ApprovalClaims) {
  return (
    (await limits.spent('executorCalls', credentialHash)) ??
    (await limits.spent('refusedToken', `${credentialHash} ${jti}`))
  )
}

/** A refusal to a known executor is a fact of the ledger; a stranger's goes to the log alone, or strangers could flood the ledger. */
async function refuseRedemption(deps: Needs, { credentialHash }: Redeemer, claims: ApprovalClaims, refusal: Refusal) {
  const { store, limits, log, now } = deps
  const caller = await store.authenticate({ hash: credentialHash, now: now() })
  const trace = traceOf(claims.approval.request)
  const { code } = refusal
  log.warn('token.refused', { trace, jti: claims.jti, code })
  if (caller?.kind !== 'executor') return refuse('unauthenticated', 'Send this executor’s valid credential.')
  await limits.take('executorCalls', credentialHash)
  await limits.take('refusedToken', `${credentialHash} ${claims.jti}`)
  const executor = caller.executor.audience
  await recordRefusal(deps, { by: { executor }, trace, members: { ...partiesOfClaims(claims), executor, code } })
  return refused(refusal)
}
