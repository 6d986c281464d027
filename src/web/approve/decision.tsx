/**
 * The two answers, deny and approve, equally prominent: a bar under the thumb on a phone, a panel that stays in view on
 * a wide screen. A person who cannot consent sees the reason in place of the approve button.
 */
import type { RequestForApprover } from '../../authority/requests/show.ts'
import { whyNotRevisable } from '../../domain/approval/revision.ts'
import { StatusLine } from '../parts/card.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count, duration, hostOf } from '../parts/wording.ts'

interface DecisionProps {
  readonly shown: RequestForApprover
  /** Offers to change the call before it is approved. */
  readonly changes?: boolean
  /** Offers to allow more calls like it. */
  readonly grants?: boolean
}

export const Decision = ({ shown, changes = false, grants = false }: DecisionProps) => (
  <section class="decision" aria-label="Your answer">
    <div class="advice card">
      <h2>Your answer</h2>
      <Consequences shown={shown} />
      <DenyReason />
      {changes ? (
        <p>
          <a href={`/approve/${shown.request.id}/change`}>Change the call before approving</a>
        </p>
      ) : null}
      {grants ? (
        <p>
          <a href={`/approve/${shown.request.id}/grant`}>Approve and allow more like this</a>
        </p>
      ) : null}
    </div>
    <div class="answer">
      <StatusLine />
      <MoreBelow />
      {shown.cannotConsent === null ? null : <p class="cannot">{shown.cannotConsent}</p>}
      <InPlaceOf absent={shown.onBehalfOf} />
      {shown.cannotConsent === null && shown.target !== null ? <TypedTarget target={shown.target} /> : null}
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
    <NeedsJavaScript />
  </section>
)

/** Whether this person could sign another call in its place. */
export const mayBeChanged = ({ request, cannotConsent }: RequestForApprover): boolean =>
  cannotConsent === null && whyNotRevisable(request, request.catalogueEntry) === null

/** For whom a deputy answers. Nothing where they answer for themself. */
export const InPlaceOf = ({ absent }: { absent: string | null }) =>
  absent === null ? null : (
    <p class="in-place-of">
      You answer in the place of{' '}
      <b>
        <UntrustedText text={absent} limit={100} />
      </b>
      , who is away.
    </p>
  )

/** Never filled in: typing the name is what makes a person look at it once more. */
const TypedTarget = ({ target }: { target: string }) => (
  <div class="typed-target">
    <label for="typed-target">
      To approve, type{' '}
      <code>
        <UntrustedText text={target} />
      </code>
    </label>
    <input
      id="typed-target"
      type="text"
      data-target={target}
      autocomplete="off"
      autocapitalize="off"
      autocorrect="off"
      spellcheck={false}
    />
  </div>
)

/** A sign that there is more to read; shown by the script while the end of the request is out of sight. */
export const MoreBelow = () => (
  <a class="more-below" href="#end" data-more="">
    More to read below <span aria-hidden="true">↓</span>
  </a>
)

/** The end of what there is to read. */
export const EndOfRequest = () => <span id="end" data-end=""></span>

export const NeedsJavaScript = () => (
  <noscript>
    <p class="status">Answering requires JavaScript, to use your passkey.</p>
  </noscript>
)

export const Consequences = ({ shown }: { shown: RequestForApprover }) => (
  <dl class="consequences">
    <dt>If you deny</dt>
    <dd>Nothing happens. The request ends for every approver.</dd>
    {shown.cannotConsent === null ? <IfApproved shown={shown} /> : null}
  </dl>
)

const IfApproved = ({ shown: { request, quorum } }: { shown: RequestForApprover }) => {
  const { uses, ttlSeconds } = request.terms
  const others = quorum.needed.count - 1
  return (
    <>
      <dt>If you approve</dt>
      <dd>
        {others > 0 ? `${count(others, 'more approver')} must consent. Then ` : ''}
        <UntrustedText text={request.actor} limit={60} /> may do{' '}
        {request.series
          ? `up to ${count(uses, 'such call')}`
          : `exactly this ${uses === 1 ? 'once' : `up to ${count(uses, 'time')}`}`}
        , at <UntrustedText text={hostOf(request.audience)} limit={60} />,{' '}
        {request.series
          ? 'until the end stated here, without asking again. You can end it at any time.'
          : `within ${duration(ttlSeconds)} of collecting the token.`}
        {request.stateDigest === null ? null : (
          <b class="block">This approval holds only while nothing changes: the executor compares before it acts.</b>
        )}
      </dd>
    </>
  )
}

export const DenyReason = () => (
  <details class="deny-reason">
    <summary>Add a reason for denying</summary>
    <label for="deny-reason">Reason, recorded and sent to the agent</label>
    <textarea id="deny-reason" data-deny-reason="" rows={3} maxlength={2000}></textarea>
  </details>
)
