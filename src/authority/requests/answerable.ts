/**
 * What a single consent and a batch of them ask alike: may this person answer, and why did an answer come to nothing.
 *
 * In: an approver, requests. Out: a request that can be consented to and on which terms, or the refusal, written down
 * where a signature was presented. SPEC 5, 8.
 */

import { type ApprovalRequest, stateAt } from '../../domain/approval/approval-request.ts'
import { readAssertion } from '../../domain/consent/assertion.ts'
import { eligibility } from '../../domain/consent/eligibility.ts'
import type { Approver, Passkey } from '../../domain/identity/parties.ts'
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import { ok, type Refusal, type Result, refuse } from '../../domain/refusal.ts'
import type { Offer } from '../../store/contract/identity-store.ts'
import type { Deps } from '../deps.ts'
import { KILLED, notFound, refusalOfState, tooMany } from '../refusals.ts'

/** A pending request that this person may consent to, and the separation their statement has to state. */
export interface Answerable {
  readonly request: ApprovalRequest
  readonly separation: boolean
}

/** What was offered is not, or no longer, what this answers. */
export const STALE = refuse('consent_invalid', 'This offer is no longer open. Load the page again.')

export type AnswerParts = ReturnType<typeof createAnswerable>

export function createAnswerable({ store, limits, log, now }: Deps) {
  /** Counts one call, however many requests it is about. */
  async function admit(approver: Approver): Promise<Result<true>> {
    const waitSeconds = await limits.take('approver', approver.id)
    return waitSeconds === null ? ok(true) : tooMany(waitSeconds)
  }

  async function answerableBy(
    approver: Approver,
    requests: readonly (ApprovalRequest | undefined)[],
  ): Promise<readonly Result<Answerable>[]> {
    const runs = await store.agentsRunBy(approver.id)
    return requests.map((request) => judge(approver, request, runs))
  }

  function judge(approver: Approver, request: ApprovalRequest | undefined, runs: readonly string[]) {
    if (!request || !approver.roles.some((role) => role !== 'auditor')) return notFound()
    const over = refusalOfState(stateAt(request, now()))
    if (over) return { ok: false as const, refusal: over }
    const eligible = eligibility(request, approver, runs)
    return eligible.ok ? ok({ request, separation: eligible.value }) : eligible
  }

  /** Takes the offer that an assertion answers, in a statement of its own: there is one taker, whatever comes after. */
  async function takeOffered(
    approver: Approver,
    purpose: Offer['purpose'],
    untrusted: unknown,
  ): Promise<Result<{ readonly offer: Offer; readonly passkey: Passkey }>> {
    const assertion = readAssertion(untrusted)
    if (!assertion.ok) return assertion
    const passkey = await store.passkey(assertion.value.credentialId)
    if (!passkey || passkey.approver !== approver.id)
      return refuse('consent_invalid', 'This passkey is not one of yours.')
    const offer = await store.takeOffer(assertion.value.challenge, purpose, now())
    return offer?.approver === approver.id ? ok({ offer, passkey }) : STALE
  }

  async function answeredBefore(id: string, verdict: 'too_late' | 'duplicate' | 'killed') {
    if (verdict === 'killed') return { ok: false as const, refusal: KILLED }
    if (verdict === 'duplicate')
      return refuse('request_denied', 'You have consented to this request before.', { status: 409 })
    const request = await store.request(id)
    const over = request && refusalOfState(stateAt(request, now()))
    return {
      ok: false as const,
      refusal: over ?? { code: 'request_denied' as const, message: 'The request has changed. Load the page again.' },
    }
  }

  /** A signature that counts for nothing belongs to the record, on the trace of each request it was given for. */
  async function refusedConsent(approver: Approver, requests: readonly ApprovalRequest[], refusal: Refusal) {
    const { code } = refusal
    await store.appendEntries(
      await Promise.all(
        requests.map((request) => requestEntry(request, 'token.refused', now(), { approver: approver.id, code })),
      ),
    )
    for (const { trace, id } of requests)
      log.warn('consent.refused', { trace, request: id, approver: approver.id, code })
    return { ok: false as const, refusal }
  }

  return { admit, answerableBy, takeOffered, answeredBefore, refusedConsent }
}
