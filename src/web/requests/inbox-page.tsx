/**
 * The inbox: what waits for this person, and what was lately answered.
 *
 * In: an `Inbox`. Out: the page, and its list alone, which `browser/inbox.ts` fetches again when something changed.
 */

import type { Inbox } from '../../authority/requests/inbox.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { sentenceOf } from '../approve/request-head.tsx'
import { type Frame, Page } from '../frame/page.tsx'
import { Said, Sentence } from '../frame/untrusted-text.tsx'
import { Age, ChoiceBar, Waiting } from './waiting-list.tsx'

interface InboxProps {
  readonly frame: Frame
  readonly inbox: Inbox
}

export const InboxPage = ({ frame, inbox }: InboxProps) => (
  <Page
    frame={frame}
    title={inbox.waiting.length > 0 ? `(${inbox.waiting.length}) Inbox` : 'Inbox'}
    place="inbox"
    scripts={['inbox']}
  >
    <main id="content" class="column">
      <div class="heading">
        <h1 tabindex={-1}>Inbox</h1>
        <span class="pill live" data-live="">
          <span class="dot"></span>
          <span data-live-text="">updates by itself</span>
        </span>
      </div>
      <InboxList inbox={inbox} now={frame.now} />
      <ChoiceBar />
    </main>
  </Page>
)

export const InboxList = ({ inbox, now }: { inbox: Inbox; now: number }) => (
  <div id="inbox" data-version={inbox.version} data-waiting={inbox.waiting.length}>
    <section aria-labelledby="waiting">
      <h2 id="waiting" class="section">
        Waiting for you
      </h2>
      {inbox.waiting.length > 0 ? <Waiting inbox={inbox} now={now} /> : <Nothing />}
    </section>
    {inbox.answered.length > 0 ? (
      <section aria-labelledby="answered">
        <h2 id="answered" class="section">
          Lately answered
        </h2>
        <Answered requests={inbox.answered} now={now} />
      </section>
    ) : null}
  </div>
)

const STATES = {
  approved: ['Approved', 'ok'],
  denied: ['Denied', 'no'],
  expired: ['Expired', ''],
  withdrawn: ['Withdrawn', ''],
  pending: ['Waiting for others', 'warn'],
} as const

const Answered = ({ requests, now }: { requests: readonly ApprovalRequest[]; now: number }) => (
  <ul class="rows card past" data-rows="answered">
    {requests.map((request) => {
      const [word, tone] = STATES[request.state]
      return (
        <li data-row={request.id}>
          <a class="row" href={`/approve/${request.id}`}>
            <span class="what">
              <Sentence segments={sentenceOf(request)} limit={60} />
            </span>
            <span class="by">
              <Said text={request.agent} limit={60} />
            </span>
            <span class="signs">
              <span class={`pill ${tone}`}>{word}</span>
              <Age since={request.decidedAt ?? request.createdAt} now={now} />
            </span>
          </a>
        </li>
      )
    })}
  </ul>
)

const Nothing = () => (
  <div class="card empty">
    <h3>Nothing is waiting for you</h3>
    <p>
      When an agent wants to do something that needs a human, it comes here: who asks, for whom, what would change, and
      until when. This page updates by itself; you can leave it open.
    </p>
    <details>
      <summary>Make a first request</summary>
      <ol>
        <li>Register an executor, and an agent under Agents. The agent’s credential is shown once.</li>
        <li>
          As the agent, <code>POST /requests</code> with the action it wants to take, or run{' '}
          <code>countersign request</code>.
        </li>
        <li>The request appears here within a second.</li>
      </ol>
      <p>
        <a href="/docs">Every endpoint, with its fields</a>
      </p>
    </details>
  </div>
)
