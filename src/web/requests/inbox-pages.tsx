/** How many requests wait, and the way to those that a page of the inbox does not show. */
import type { ShownInbox, WaitingCount } from '../../authority/requests/inbox.ts'
import { INBOX_PAGE } from '../../domain/approval/request-filter.ts'
import { count } from '../parts/wording.ts'

type Paged = Pick<ShownInbox, 'waiting' | 'count' | 'previous' | 'next'>

/** `430+` where more may wait. */
export const shortCount = ({ atLeast, isExact }: WaitingCount): string => `${atLeast}${isExact ? '' : '+'}`

export const hasOtherPages = ({ previous, next }: Paged): boolean => previous !== null || next !== null

/** A request can be read later than it says that it was opened: at its commit, by a process with another clock. */
const OPENED_BEFORE_SECONDS = 60

/**
 * What comes to the page after this reading is new if it was opened from then on: earlier ones waited on another page.
 * Where there is no other page, all that comes is new.
 */
export const newFrom = (inbox: Paged, readAt: number): number =>
  hasOtherPages(inbox) ? readAt - OPENED_BEFORE_SECONDS : 0

/** Nothing where all that wait are on one page. */
export const PageNote = ({ inbox }: { inbox: Paged }) =>
  hasOtherPages(inbox) ? (
    <p class="muted shown" data-shown="">
      {inbox.count.isExact ? null : 'At least '}
      <b>{count(inbox.count.atLeast, 'request')}</b>, {inbox.waiting.length} on this page: changes to the authority
      first, then the requests of each agent in turn.
    </p>
  ) : null

export const PageLinks = ({ inbox, pathTo }: { inbox: Paged; pathTo: (page: number) => string }) =>
  hasOtherPages(inbox) ? (
    <nav class="buttons-inline shown" aria-label="Pages of the inbox">
      {inbox.previous === null ? null : (
        <a class="button" rel="prev" href={pathTo(inbox.previous)}>
          Previous {INBOX_PAGE}
        </a>
      )}
      {inbox.next === null ? null : (
        <a class="button" rel="next" href={pathTo(inbox.next)}>
          Next {INBOX_PAGE}
        </a>
      )}
    </nav>
  ) : null

export const NothingHere = () => (
  <div class="card empty">
    <h3>Nothing on this page waits for you</h3>
    <p>Its requests wait for other people, or were answered. Others wait on the pages beside it.</p>
  </div>
)
