/**
 * Consent to several requests with one gesture: one challenge over all their statements, a verdict for each.
 *
 * In: an approver, the requests in the order shown, their passkey's answer. Out: what became of each. A request that
 * ended, or can no longer be consented to, spoils none of the others; a gesture that does not hold counts for nothing.
 * Changes to the authority itself are never part of it. SPEC 5, 6.
 */
import {
  base64urlEncode,
  type ConsentStatement,
  type Digest,
  type JsonObject,
  statementDigest,
} from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { whyAlone } from '../../domain/consent/eligibility.ts'
import { batchGesture, buildStatement } from '../../domain/consent/gesture.ts'
import { type VerifiedConsent, verifyBatch } from '../../domain/consent/verify-consent.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import { ok, type Refusal, type Result, refuse } from '../../domain/refusal.ts'
import type { GivenConsent } from '../../store/contract/request-store.ts'
import type { Deps } from '../deps.ts'
import { KILLED, notFound } from '../refusals.ts'
import { type Answerable, type AnswerParts, STALE } from './answerable.ts'

/** One gesture is about to sign all `statements`, in this order. */
export interface BatchOffer {
  readonly statements: readonly JsonObject[]
  readonly options: JsonObject
}

/** What became of one consent of a batch: the request as it is now, and why the consent does not count, if so. */
export interface BatchAnswer {
  readonly request: ApprovalRequest
  readonly refusal: Refusal | null
}

export function createBatchAnswering(
  deps: Deps,
  { admit, answerableBy, takeOffered, answeredBefore, refusedConsent }: AnswerParts,
) {
  const { config, store, log } = deps
  const party = { rpId: config.rpId, origin: config.origin }

  /** All of them or nothing: nobody signs for what has ended already. */
  async function offerBatch(approver: Approver, ids: readonly string[]) {
    const admitted = await admit(approver)
    if (!admitted.ok) return admitted
    const [requests, stopped] = await Promise.all([Promise.all(ids.map(store.request)), store.stoppedAmong(ids)])
    const judged = (await judgedBy(approver, requests)).map((one, at) =>
      one.ok && stopped.has(ids[at] ?? '') ? { ok: false as const, refusal: KILLED } : one,
    )
    const refused = judged.findIndex(({ ok }) => !ok)
    if (refused >= 0) return about(ids[refused], judged[refused])
    const answerable = judged.flatMap((one) => (one.ok ? [one.value] : []))
    const statements = answerable.map(({ request, separation }) => {
      const nonce = base64urlEncode(deps.randomBytes(32))
      return buildStatement(config.origin, request, approver.id, separation, nonce)
    })
    const passkeys = (await store.passkeysOf(approver.id)).filter((passkey) => passkey.revokedAt === null)
    const { challenge, options } = await batchGesture(config.rpId, statements, passkeys)
    await store.offer({
      challenge,
      purpose: 'consent-batch',
      approver: approver.id,
      request: null,
      context: { statements },
      expiresAt: Math.max(...answerable.map(({ request }) => request.expiresAt)),
    })
    return ok({ statements: JSON.parse(JSON.stringify(statements)), options })
  }

  async function consentBatch(
    approver: Approver,
    ids: readonly string[],
    untrusted: unknown,
  ): Promise<Result<readonly BatchAnswer[]>> {
    const admitted = await admit(approver)
    if (!admitted.ok) return admitted
    const requests = (await Promise.all(ids.map(store.request))).filter((request) => request !== undefined)
    if (requests.length < ids.length || approver.roles.every((role) => role === 'auditor')) return notFound()
    const verified = await verifyOffered(approver, ids, untrusted)
    if (!verified.ok) return refusedConsent(approver, requests, verified.refusal)
    const judged = await judgedBy(approver, requests)
    const standing = await Promise.all(judged.map((one, at) => stillAsOffered(approver, one, verified.value[at])))
    const refusals = await record(approver, verified.value, standing)
    await writeDown(approver, requests, refusals)
    const now = await Promise.all(ids.map(store.request))
    return ok(requests.map((request, at) => ({ request: now[at] ?? request, refusal: refusals[at] ?? null })))
  }

  async function judgedBy(approver: Approver, requests: readonly (ApprovalRequest | undefined)[]) {
    const answerable = await answerableBy(approver, requests)
    return answerable.map((one): Result<Answerable> => {
      const alone = one.ok ? whyAlone(one.value.request, config.origin) : null
      return alone === null ? one : refuse('forbidden', alone)
    })
  }

  /** Checks the signature over exactly these requests, in the order in which they were offered. */
  async function verifyOffered(approver: Approver, ids: readonly string[], untrusted: unknown) {
    const taken = await takeOffered(approver, 'consent-batch', untrusted)
    if (!taken.ok) return taken
    const { statements = [] } = taken.value.offer.context
    if (!areFor(statements, ids)) return STALE
    return verifyBatch(statements, untrusted, taken.value.passkey, party)
  }

  /** The statement as it would be offered now is the one that was signed, or this request is out. */
  async function stillAsOffered(
    approver: Approver,
    judged: Result<Answerable>,
    verified: VerifiedConsent | undefined,
  ): Promise<Result<GivenConsent>> {
    if (!judged.ok) return judged
    if (!verified) return STALE
    const { request, separation } = judged.value
    const { consent } = verified
    const statement = buildStatement(config.origin, request, approver.id, separation, consent.nonce)
    const signed: readonly Digest[] = consent.batch ?? []
    if (!signed.includes(await statementDigest(statement))) return STALE
    const members = { approver: approver.id, separation, consent }
    const entry = await requestEntry(request, 'consent.given', deps.now(), members)
    return ok({ request: request.id, consent, separation, entry })
  }

  /** What each was refused for, in order; null where the consent stands. */
  async function record(
    approver: Approver,
    [first]: readonly VerifiedConsent[],
    standing: readonly Result<GivenConsent>[],
  ): Promise<readonly (Refusal | null)[]> {
    const given = standing.flatMap((one) => (one.ok ? [one.value] : []))
    if (!first || given.length === 0) return standing.map((one) => (one.ok ? null : one.refusal))
    const { credentialId, counter, backedUp } = first
    const gesture = { approver: approver.id, credentialId, counter, backedUp, now: deps.now() }
    const verdicts = await store.recordConsents({ ...gesture, given })
    return Promise.all(
      standing.map(async (one) => {
        if (!one.ok) return one.refusal
        const verdict = verdicts[given.indexOf(one.value)]?.verdict ?? 'too_late'
        return verdict === 'recorded' ? null : (await answeredBefore(one.value.request, verdict)).refusal
      }),
    )
  }

  async function writeDown(
    approver: Approver,
    requests: readonly ApprovalRequest[],
    refusals: readonly (Refusal | null)[],
  ): Promise<void> {
    for (const [at, request] of requests.entries()) {
      const refusal = refusals[at]
      if (refusal) await refusedConsent(approver, [request], refusal)
      else log.info('consent.given', { trace: request.trace, request: request.id, approver: approver.id, batch: true })
    }
  }

  return { offerBatch, consentBatch }
}

const areFor = (statements: readonly ConsentStatement[], ids: readonly string[]): boolean =>
  statements.length === ids.length && statements.every(({ request }, at) => request === ids[at])

/** One refusal for all, naming the request that it is about. */
function about(id: string | undefined, judged: Result<unknown> | undefined) {
  if (!judged || judged.ok) throw new TypeError('Only what was refused is spoken about')
  const { refusal } = judged
  return { ok: false as const, refusal: { ...refusal, message: `${refusal.message} This is about request ${id}.` } }
}
