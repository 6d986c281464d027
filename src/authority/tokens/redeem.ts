/**
 * Spend, report: an executor redeems a token, exactly once, and says what came of it.
 *
 * In: an executor's credential and a token, or an outcome. Out: the redemption, or a refusal that is in the ledger.
 * One SQL statement decides; policy is asked again before it, on the executor as that statement requires it to be.
 * SPEC 7, 8, 11.
 */
import { type ApprovalClaims, openToken, parsePreview } from '@countersign/verifier'
import { traceOf } from '../../domain/approval/approval-request.ts'
import type { Caller, Executor } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { partiesOfClaims, requestEntry } from '../../domain/ledger/entry-parties.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { decide } from '../../domain/policy/decide.ts'
import type { PolicyDecision } from '../../domain/policy/policy.ts'
import { ok, type Refusal, type Result, refuse } from '../../domain/refusal.ts'
import { refusalOf, validateForRedemption } from '../../domain/token/validate-redemption.ts'
import type { Deps } from '../deps.ts'
import { notFound, parsing } from '../refusals.ts'

export interface Redeemed {
  readonly jti: string
  readonly request: string
  readonly trace: string
  readonly use: number
  readonly redeemedAt: number
}

export interface OutcomeReport {
  readonly use: number
  readonly outcome: 'succeeded' | 'failed' | 'aborted'
  /** A `Preview` of what did change; parsed where it is used. */
  readonly result?: unknown
  readonly detail?: string | undefined
}

/** An executor, by the hash of its credential: whether that holds is part of the deciding statement. */
export interface Spender {
  readonly credentialHash: string
}

export function createSpending(deps: Deps) {
  const { config, store, policy, keys, log } = deps

  async function redeem(caller: Spender, token: string): Promise<Result<Redeemed>> {
    const now = deps.now()
    const claims = await openOwn(token, now)
    if (!claims.ok) return claims
    const valid = validateForRedemption(claims.value, config.origin, now)
    if (!valid.ok) return refusedRedemption(caller, claims.value, valid.refusal)
    return spend(caller, claims.value, token, now, deps.parties.knownExecutor(claims.value.aud) ?? null)
  }

  /** One statement decides. `seen` is the executor as policy knew it; when it has changed since, policy is asked again. */
  async function spend(
    caller: Spender,
    claims: ApprovalClaims,
    token: string,
    now: number,
    seen: Executor | null,
  ): Promise<Result<Redeemed>> {
    const executor = seen ?? (await deps.parties.readExecutor(claims.aud))
    if (!executor)
      return refusedRedemption(caller, claims, {
        code: 'token_audience',
        message: 'This executor is not registered here.',
      })
    const decision = await decideForSpending(claims, executor, now)
    if (decision.effect === 'deny' || (claims.approval.origin === 'policy' && decision.effect !== 'allow')) {
      return seen
        ? spend(caller, claims, token, now, null)
        : refusedRedemption(caller, claims, {
            code: 'policy_denied',
            message: 'The policy no longer permits this action. Do not act.',
          })
    }
    const trace = traceOf(claims.approval.request)
    const verdict = await store.redeemOnce({
      jti: claims.jti,
      audience: claims.aud,
      credentialHash: caller.credentialHash,
      executorVersion: executor.version,
      now,
      signature: token.slice(token.lastIndexOf('.') + 1),
      entry: await prepareEntry('token.redeemed', now, trace, partiesOfClaims(claims)),
    })
    switch (verdict.verdict) {
      case 'redeemed':
        log.info('token.redeemed', { trace, jti: claims.jti, executor: claims.aud })
        return ok({ jti: claims.jti, request: claims.approval.request, trace, use: verdict.use, redeemedAt: now })
      case 'stale_executor':
        return spend(caller, claims, token, now, null)
      case 'unauthenticated':
        return refusedRedemption(caller, claims, {
          code: 'token_audience',
          message: 'This token is made out to another executor.',
        })
      default:
        return refusedRedemption(caller, claims, refusalOf(verdict.verdict))
    }
  }

  async function decideForSpending(claims: ApprovalClaims, executor: Executor, now: number): Promise<PolicyDecision> {
    const [details] = claims.authorization_details
    const agent = await deps.parties.agent(claims.act.sub, claims.sub)
    if (!agent) return { effect: 'deny', policy: policy.digest, reason: 'The agent is gone.' }
    const request = policy.readsArguments ? await store.request(claims.approval.request) : undefined
    return decide(policy, {
      agent,
      principal: claims.sub,
      executor,
      name: details.name,
      resource: details.resource,
      arguments: request?.action?.arguments ?? null,
      preview: request?.preview?.content ?? null,
      now,
    })
  }

  /** The claims of a token whose shape and signature hold. Its text is never kept. */
  async function openOwn(token: string, now: number): Promise<Result<ApprovalClaims>> {
    return parsing(async () => {
      const { claims } = await openToken(token, (kid) => keys.resolve(kid, now))
      return ok(claims)
    })
  }

  async function reportOutcome(caller: Caller, jti: string, report: OutcomeReport): Promise<Result<Redeemed>> {
    if (caller.kind !== 'executor')
      return refuse('forbidden', 'Only the executor that redeemed a token reports its outcome.')
    const redemption = await store.redemption(jti, report.use)
    if (!redemption || redemption.audience !== caller.executor.audience) return notFound()
    const request = await store.request(redemption.request)
    if (!request) return notFound()
    return parsing(async () => {
      const result = report.result === undefined ? null : parsePreview(report.result)
      const content = { result: result && JSON.parse(JSON.stringify(result)), detail: report.detail ?? null }
      const payload = await preparePayload(request.id, 'outcome', content, payloadSalt(deps.randomBytes))
      const members = { jti, use: report.use, outcome: report.outcome, payloads: [payload.digest] }
      const verdict = await store.reportOutcome({
        jti,
        use: report.use,
        audience: redemption.audience,
        outcome: report.outcome,
        now: deps.now(),
        entry: await requestEntry(request, 'outcome.reported', deps.now(), members),
        payloads: [payload],
      })
      if (verdict === 'unknown') return notFound()
      if (verdict === 'already') return refuse('token_redeemed', 'The outcome of this redemption was reported before.')
      log.info('outcome.reported', { trace: request.trace, jti, outcome: report.outcome })
      return ok({ jti, request: request.id, trace: request.trace, use: report.use, redeemedAt: redemption.redeemedAt })
    })
  }

  /** Every refusal to an executor that is known is a fact; a stranger's goes to the log alone, or it could flood the ledger. */
  async function refusedRedemption(caller: Spender, claims: ApprovalClaims, refusal: Refusal) {
    const known = await store.authenticate(caller.credentialHash, deps.now())
    const trace = traceOf(claims.approval.request)
    log.warn('token.refused', { trace, jti: claims.jti, code: refusal.code })
    if (known?.kind !== 'executor') return refuse('unauthenticated', 'Send this executor’s valid credential.')
    const members = { ...partiesOfClaims(claims), executor: known.executor.audience, code: refusal.code }
    await store.appendEntries([await prepareEntry('token.refused', deps.now(), trace, members)])
    return { ok: false as const, refusal }
  }

  return { redeem, reportOutcome }
}
