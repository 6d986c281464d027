/**
 * The two answers to several requests: deny all and approve all that can be, equally strong.
 *
 * In: the requests on the page. Out: the bar under a thumb on a phone, a panel that stays in sight on a wide screen.
 */

import { count } from '../frame/wording.ts'
import { isOpen, isPending, type Listed } from './batch-list.ts'
import { DenyReason } from './decision.tsx'

export const BatchDecision = ({ listed }: { listed: readonly Listed[] }) => {
  const pending = listed.filter(({ shown }) => isPending(shown)).length
  const open = listed.filter(({ shown }) => isOpen(shown)).length
  return (
    <section class="decision" aria-label="Your answer" data-version={`${pending}.${open}`}>
      <div class="advice">
        <h2>Your answer</h2>
        <Consequences pending={pending} open={open} />
        <DenyReason />
      </div>
      <div class="answer">
        <p class="status" role="status" aria-live="polite" data-status=""></p>
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
        <p class="unexpected">If you did not expect one of them, deny that one.</p>
      </div>
      <noscript>
        <p class="status">Answering needs JavaScript, to reach your passkey.</p>
      </noscript>
    </section>
  )
}

const Consequences = ({ pending, open }: { pending: number; open: number }) => (
  <dl class="consequences">
    <dt>If you deny all</dt>
    <dd>Nothing happens. {pending === 1 ? 'It ends' : 'Each ends'}, for every approver.</dd>
    {open === 0 ? null : (
      <>
        <dt>If you approve</dt>
        <dd>
          Your passkey signs exactly the {count(open, 'request')} listed here. Each is decided by itself: one that ends
          meanwhile spoils none of the others.
        </dd>
      </>
    )}
  </dl>
)
