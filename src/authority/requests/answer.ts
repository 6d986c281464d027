/**
 * Consent, deny, withdraw: how a request that waits comes to its end.
 *
 * In: an approver and their passkey's answer, or the agent that asked. Out: the request as it stands then.
 * The offer is taken in a statement of its own, and nothing is recorded whose signature was not checked. Several
 * requests at once are `answer-batch`. SPEC 5.
 */
import { base64urlEncode, type JsonObject } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { buildStatement, consentGesture } from '../../domain/consent/gesture.ts'
import { type VerifiedConsent, verifyConsent } from '../../domain/consent/verify-consent.ts'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { KILLED, notFound } from '../refusals.ts'
import { type Answerable, type AnswerParts, STALE } from './answerable.ts'
import type { createShowing } from './show.ts'

/** One approver's gesture is about to sign `statement`; `options` are PublicKeyCredentialRequestOptionsJSON. */
export interface ConsentOffer {
  readonly statement: JsonObject
  readonly options: JsonObject
}

export interface Answer {
  readonly request: ApprovalRequest
}

export function createAnswering(
  deps: Deps,
  { view }: ReturnType<typeof createShowing>,
  { admit, answerableBy, takeOffered, answeredBefore, refusedConsent }: AnswerParts,
) {
  const { config, store, log } = deps
  const party = { rpId: config.rpId, origin: config.origin }

  async function offerConsent(approver: Approver, id: string) {
    const answerable = await oneAnswerable(approver, id)
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
    const answerable = await oneAnswerable(approver, id)
    if (!answerable.ok) return answerable
    const { request, separation } = answerable.value
    const verified = await verifyOffered(approver, answerable.value, untrusted)
    if (!verified.ok) return refusedConsent(approver, [request], verified.refusal)
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
    if (verdict.verdict === 'killed') return refusedConsent(approver, [request], KILLED)
    if (verdict.verdict !== 'recorded') return answeredBefore(id, verdict.verdict)
    log.info('consent.given', { trace: request.trace, request: id, approver: approver.id, approved: verdict.approved })
    return answerOf(id)
  }

  /** Checks the signature over exactly what was offered. */
  async function verifyOffered(
    approver: Approver,
    { request, separation }: Answerable,
    untrusted: unknown,
  ): Promise<Result<VerifiedConsent>> {
    const taken = await takeOffered(approver, 'consent', untrusted)
    if (!taken.ok) return taken
    const { offer, passkey } = taken.value
    const { statement } = offer.context
    if (!statement || offer.request !== request.id) return STALE
    // What was offered must still be what the request is.
    if (statement.separation !== separation || statement.action !== request.digest) return STALE
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

  async function oneAnswerable(approver: Approver, id: string): Promise<Result<Answerable>> {
    const admitted = await admit(approver)
    if (!admitted.ok) return admitted
    const [answerable = notFound()] = await answerableBy(approver, [await store.request(id)])
    return answerable
  }

  async function answerOf(id: string) {
    const request = await store.request(id)
    return request ? ok({ request }) : notFound()
  }

  return { offerConsent, consent, deny, withdraw }
}
