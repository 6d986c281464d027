/**
 * The two answers: deny and approve, equally strong, and what follows from each.
 *
 * In: a pending request. Out: the bar under a thumb on a phone, a panel that stays in sight on a wide screen.
 * Where this person cannot consent, the reason stands in the place of the button; deny always stays.
 */
import type { RequestForApprover } from '../../authority/requests/show.ts'
import { Said } from '../frame/untrusted-text.tsx'
import { count, duration, hostOf } from '../frame/wording.ts'

export const Decision = ({ shown }: { shown: RequestForApprover }) => (
  <section class="decision" aria-label="Your answer">
    <div class="advice">
      <h2>Your answer</h2>
      <Consequences shown={shown} />
      <DenyReason />
    </div>
    <div class="answer">
      <p class="status" role="status" aria-live="polite" data-status=""></p>
      {shown.cannotConsent === null ? null : <p class="cannot">{shown.cannotConsent}</p>}
      <div class={`buttons${shown.cannotConsent === null ? '' : ' one'}`} data-answers="">
        <button type="button" class="refuse strong" data-deny="">
          Deny<small>nothing happens</small>
        </button>
        {shown.cannotConsent === null ? (
          <button type="button" class="consent" data-approve="">
            Approve<small>with your passkey</small>
          </button>
        ) : null}
      </div>
      <p class="unexpected">If you did not expect this, deny.</p>
    </div>
    <noscript>
      <p class="status">Answering needs JavaScript, to reach your passkey.</p>
    </noscript>
  </section>
)

export const Consequences = ({ shown: { request } }: { shown: RequestForApprover }) => {
  const { quorum, uses, ttlSeconds } = request.terms
  const others = quorum - request.consents - 1
  return (
    <dl class="consequences">
      <dt>If you deny</dt>
      <dd>Nothing happens. The request ends, for every approver.</dd>
      <dt>If you approve</dt>
      <dd>
        {others > 0 ? `${count(others, 'more approver')} must consent. Then ` : ''}
        <Said text={request.actor} limit={60} /> may do exactly this{' '}
        {uses === 1 ? 'once' : `up to ${count(uses, 'time')}`}, at <Said text={hostOf(request.audience)} limit={60} />,
        within {duration(ttlSeconds)} of collecting the token.
      </dd>
    </dl>
  )
}

export const DenyReason = () => (
  <details class="deny-reason">
    <summary>Say why, if you deny</summary>
    <label for="deny-reason">Your reason, kept with your answer</label>
    <textarea id="deny-reason" data-deny-reason="" rows={3} maxlength={2000}></textarea>
  </details>
)
