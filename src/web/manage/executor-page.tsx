/**
 * One executor, for admins: whether it listens, since when and how late, what it served and refused, what it offers.
 *
 * In: the executor as reviewed, its streams, its figures. Out: the page. What makes it safer is one button away;
 * nothing here makes it less safe. SPEC 9, 10.
 */

import type { ReviewedExecutor } from '../../domain/identity/usage.ts'
import type { ExecutorStream } from '../../domain/stop/kill-switch.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { StopThis } from '../frame/stop-banner.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { age, clockTime, day, machineTime } from '../frame/wording.ts'
import { ConfirmRevoke, EXECUTOR_TAKES, RevokeButton } from '../stop/revoke-button.tsx'
import { CredentialRows } from './credentials.tsx'
import { OfferedActions } from './offered-actions.tsx'

export const executorPath = (audience: string): string => `/executors/${encodeURIComponent(audience)}`

export interface ExecutorView {
  readonly frame: Frame
  readonly executor: ReviewedExecutor
  readonly streams: readonly ExecutorStream[]
  /** Redemptions and refusals in the ledger; null where counting them would take long. */
  readonly served: number | null
  readonly refused: number | null
}

export const ExecutorPage = ({ frame, executor, streams, served, refused }: ExecutorView) => (
  <Page frame={frame} title="Executor" place="agents" scripts={['revoke']}>
    <main id="content" class="column">
      <a class="back" href="/agents">
        Agents and executors
      </a>
      <div class="heading">
        <h1>
          <Said text={executor.title} limit={100} />
        </h1>
        <Presence streams={streams} />
      </div>
      <p class="mono muted">
        <Said text={executor.audience} />
      </p>
      <p class="status" role="status" aria-live="polite" data-status=""></p>
      <dl class="figures card">
        <Figure value={amountOf(served)} noun="calls served" />
        <Figure value={amountOf(refused)} noun="calls refused" />
        <Figure value={streams.length === 0 ? '–' : `${lagOf(streams)} ms`} noun="how late news comes" />
      </dl>
      <Listening streams={streams} now={frame.now} />
      <OfferedActions executor={executor} now={frame.now} />
      <CredentialRows credentials={executor.credentials} now={frame.now} />
      <p class="buttons-inline">
        <StopThis kind="executor" value={executor.audience} />
        <RevokeButton path={executorPath(executor.audience)} label={executor.title} takes={EXECUTOR_TAKES} />
      </p>
    </main>
    <ConfirmRevoke />
  </Page>
)

const amountOf = (amount: number | null): string =>
  amount === null ? 'many' : new Intl.NumberFormat('en').format(amount)

const lagOf = (streams: readonly ExecutorStream[]): number => Math.max(...streams.map(({ lagMs }) => lagMs))

const Figure = ({ value, noun }: { value: string; noun: string }) => (
  <div>
    <dt>{noun}</dt>
    <dd>{value}</dd>
  </div>
)

const Presence = ({ streams }: { streams: readonly ExecutorStream[] }) =>
  streams.length === 0 ? (
    <span class="pill warn">not connected</span>
  ) : (
    <span class="pill live">
      <span class="dot"></span>
      connected{streams.length > 1 ? `, ${streams.length} times` : ''}
    </span>
  )

const Listening = ({ streams, now }: { streams: readonly ExecutorStream[]; now: number }) => (
  <section class="card" aria-labelledby="listening">
    <header>
      <h2 id="listening">Connections</h2>
      <span class="muted">a stop reaches it through these</span>
    </header>
    {streams.length === 0 ? (
      <p class="body muted">
        It does not listen for stops now. What is stopped is refused when it redeems; a call that is under way there is
        not cut off.
      </p>
    ) : (
      <ul class="rows">
        {streams.map(({ connection, sinceMs, lagMs }) => (
          <li class="row">
            <span class="what mono">
              <Said text={connection} limit={40} />
            </span>
            <span class="by">
              since <Since atMs={sinceMs} now={now} />
            </span>
            <span class="signs">
              <span class="pill">{lagMs} ms late</span>
            </span>
          </li>
        ))}
      </ul>
    )}
  </section>
)

const Since = ({ atMs, now }: { atMs: number; now: number }) => {
  const at = Math.floor(atMs / 1000)
  return (
    <time datetime={machineTime(at)}>
      {day(at)}, {clockTime(at)} ({age(now - at)})
    </time>
  )
}
