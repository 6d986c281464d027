/**
 * Consent, deny, withdraw: how a request that waits comes to its end.
 *
 * In: an approver and their passkey's answer, or the agent that asked. Out: the request as it stands then.
 * The offer is taken in a statement of its own, and nothing is recorded whose signature was not checked. DESIGN 5.
 */
import { base64urlEncode } from '@countersign/verifier'
import { ok, type Refusal, type Result, refuse } from '../action/refusal.ts'
import { type ApprovalRequest, stateAt } from '../approval/request.ts'
import { readAssertion } from '../consent/assertion.ts'
import { buildStatement, consentGesture } from '../consent/challenge.ts'
import { eligibility } from '../consent/eligibility.ts'
import { type VerifiedConsent, verifyConsent } from '../consent/verify.ts'
import type { Approver, Caller } from '../identity/parties.ts'
import { payloadSalt, preparePayload } from '../ledger/payload.ts'
import type { Deps } from '../services.ts'
import { requestEntry } from './facts.ts'
import { KILLED, notFound, refusalOfState, tooMany } from './refusals.ts'
import type { createShowing } from './show.ts'

export function createAnswering(deps: Deps, { view }: ReturnType<typeof createShowing>) {
  const { config, store, limits, log } = deps
  const party = { rpId: config.rpId, origin: config.origin }

  async function offerConsent(approver: Approver, id: string) {
    const answerable = await answerableBy(approver, id)
    if (!answerable.ok) return answerable
    // A gesture that leads nowhere need not be made; whether it does is decided when it is recorded.
    if (await store.isStopped(id)) return { ok: false as const, refusal: KILLED }
    const { request, separation } = answerable.value
    const nonce = base64urlEncode(deps.randomBytes(32))
    const statement = buildStatement(config.origin, request, approver.id, separation, nonce)
    const passkeys = (await store.passkeysOf(approver.id)).filter((passkey) => passkey.revokedAt === null)
    const { challenge, options } = await consentGesture(config.rpId, statement, passkeys)
    await store.offer({
      challenge,
      purpose: 'consent',
      approver: approver.id,
      request: id,
      context: { statement },
      expiresAt: request.expiresAt,
    })
    return ok({ statement: { ...statement, act: JSON.parse(JSON.stringify(statement.act)) }, options })
  }

  async function consent(approver: Approver, id: string, untrusted: unknown) {
    const answerable = await answerableBy(approver, id)
    if (!answerable.ok) return answerable
    const { request, separation } = answerable.value
    const verified = await verifyOffered(approver, request, separation, untrusted)
    if (!verified.ok) return refusedConsent(approver, request, verified.refusal)
    const { credentialId, counter, backedUp } = verified.value
    const now = deps.now()
    const verdict = await store.recordConsent({
      request: id,
      approver: approver.id,
      credentialId,
      consent: verified.value.consent,
      separation,
      counter,
      backedUp,
      now,
      entry: await requestEntry(request, 'consent.given', deps.now(), {
        approver: approver.id,
        separation,
        consent: verified.value.consent,
      }),
    })
    if (verdict.verdict === 'killed') return refusedConsent(approver, request, KILLED)
    if (verdict.verdict !== 'recorded') return answeredBefore(id, verdict.verdict)
    log.info('consent.given', { trace: request.trace, request: id, approver: approver.id, approved: verdict.approved })
    return answerOf(id)
  }

  /** Takes the offer, in a statement of its own, and checks the signature over exactly what was offered. */
  async function verifyOffered(
    approver: Approver,
    request: ApprovalRequest,
    separation: boolean,
    untrusted: unknown,
  ): Promise<Result<VerifiedConsent>> {
    const stale = refuse('consent_invalid', 'This offer is no longer open. Load the page again.')
    const assertion = readAssertion(untrusted)
    if (!assertion.ok) return assertion
    const passkey = await store.passkey(assertion.value.credentialId)
    if (!passkey || passkey.approver !== approver.id)
      return refuse('consent_invalid', 'This passkey is not one of yours.')
    const offer = await store.takeOffer(assertion.value.challenge, 'consent', deps.now())
    const statement = offer?.context.statement
    if (!offer || !statement || offer.approver !== approver.id || offer.request !== request.id) return stale
    // What was offered must still be what the request is.
    if (statement.separation !== separation || statement.action !== request.digest) return stale
    return verifyConsent(statement, untrusted, passkey, party)
  }

  async function deny(approver: Approver, id: string, reason?: string) {
    const request = await store.request(id)
    if (!request || !approver.roles.includes(request.terms.approvers)) return notFound()
    const payloads =
      reason === undefined ? [] : [await preparePayload(id, 'denial', reason, payloadSalt(deps.randomBytes))]
    const members = { approver: approver.id, payloads: payloads.map((payload) => payload.digest) }
    const denied = await store.recordDenial(
      id,
      approver.id,
      deps.now(),
      await requestEntry(request, 'consent.denied', deps.now(), members),
      payloads,
    )
    if (!denied) return answeredBefore(id, 'too_late')
    log.info('consent.denied', { trace: request.trace, request: id, approver: approver.id })
    return answerOf(id)
  }

  async function withdraw(caller: Caller, id: string): Promise<Result<ApprovalRequest>> {
    const seen = await view(caller, id)
    if (!seen.ok) return seen
    const request = seen.value
    const withdrawn = await store.withdraw(
      id,
      request.agent,
      deps.now(),
      await requestEntry(request, 'request.withdrawn', deps.now(), {}),
    )
    if (!withdrawn) return answeredBefore(id, 'too_late')
    return view(caller, id)
  }

  /** A pending request that this person may consent to, and the separation their statement has to state. */
  async function answerableBy(approver: Approver, id: string) {
    const waitSeconds = await limits.take('approver', approver.id)
    if (waitSeconds !== null) return tooMany(waitSeconds)
    const [request, runs] = await Promise.all([store.request(id), store.agentsRunBy(approver.id)])
    if (!request || !approver.roles.some((role) => role !== 'auditor')) return notFound()
    const over = refusalOfState(stateAt(request, deps.now()))
    if (over) return { ok: false as const, refusal: over }
    const eligible = eligibility(request, approver, runs)
    return eligible.ok ? ok({ request, separation: eligible.value }) : eligible
  }

  async function answerOf(id: string) {
    const request = await store.request(id)
    return request ? ok({ request }) : notFound()
  }

  async function answeredBefore(id: string, verdict: 'too_late' | 'duplicate') {
    if (verdict === 'duplicate')
      return refuse('request_denied', 'You have consented to this request before.', { status: 409 })
    const request = await store.request(id)
    const over = request && refusalOfState(stateAt(request, deps.now()))
    return {
      ok: false as const,
      refusal: over ?? { code: 'request_denied' as const, message: 'The request has changed. Load the page again.' },
    }
  }

  async function refusedConsent(approver: Approver, request: ApprovalRequest, refusal: Refusal) {
    await store.appendEntries([
      await requestEntry(request, 'token.refused', deps.now(), { approver: approver.id, code: refusal.code }),
    ])
    log.warn('consent.refused', {
      trace: request.trace,
      request: request.id,
      approver: approver.id,
      code: refusal.code,
    })
    return { ok: false as const, refusal }
  }

  return { offerConsent, consent, deny, withdraw }
}
