/**
 * The two answers to several requests, equally prominent: deny all, and approve all that can be approved.
 *
 * In: the requests on the page. Out: a bar under the thumb on a phone, a panel that stays in view on a wide screen.
 */
import { StatusLine } from '../parts/page-notice.tsx'
import { count } from '../parts/wording.ts'
import { type BatchItem, isOpen, isPending } from './batch-item.ts'
import { DenyReason, NeedsJavaScript } from './decision.tsx'

export const BatchDecision = ({ items }: { items: readonly BatchItem[] }) => {
  const pending = items.filter(({ shown }) => isPending(shown)).length
  const open = items.filter(({ shown }) => isOpen(shown)).length
  return (
    <section class="decision" aria-label="Your answer" data-version={`${pending}.${open}`}>
      <div class="advice">
        <h2>Your answer</h2>
        <BatchConsequences pending={pending} open={open} />
        <DenyReason />
      </div>
      <div class="answer">
        <StatusLine />
        <div class={`buttons${open === 0 ? ' one' : ''}`} data-answers="">
          <button type="button" class="refuse strong" data-deny-all="">
            Deny {pending === 1 ? 'it' : `all ${pending}`}
            <small>nothing happens</small>
          </button>
          {open === 0 ? null : (
            <button type="button" class="consent" data-approve-all="">
              Approve {open}
              <small>with your passkey</small>
            </button>
          )}
        </div>
        <p class="unexpected">If you did not expect one of them, deny it.</p>
      </div>
      <NeedsJavaScript />
    </section>
  )
}

const BatchConsequences = ({ pending, open }: { pending: number; open: number }) => (
  <dl class="consequences">
    <dt>If you deny all</dt>
    <dd>Nothing happens. {pending === 1 ? 'The request ends' : 'The requests end'} for every approver.</dd>
    {open === 0 ? null : (
      <>
        <dt>If you approve</dt>
        <dd>
          Your passkey signs exactly the {count(open, 'request')} listed here. Each is decided separately: if one ends
          in the meantime, the others are not affected.
        </dd>
      </>
    )}
  </dl>
)
