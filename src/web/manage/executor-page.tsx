/** One executor, for admins. Its buttons only restrict the executor, so none needs a passkey. SPEC 9, 10. */
import type { ReviewedExecutor } from '../../domain/identity/usage.ts'
import type { ExecutorStream } from '../../domain/stop/kill-switch.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { BackLink, Card, Figure, Row, Rows } from '../parts/card.tsx'
import { ChangeDialog, ChangeProgress } from '../parts/change-dialog.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { age } from '../parts/wording.ts'
import { EditExecutor } from './executor-forms.tsx'
import { OfferedActions } from './offered-actions.tsx'
import { CredentialRows, EndExecutor } from './party-details.tsx'

interface ExecutorView {
  readonly frame: Frame
  readonly executor: ReviewedExecutor
  readonly streams: readonly ExecutorStream[]
  /** Redemptions and refusals in the ledger; null where counting them would take long. */
  readonly served: number | null
  readonly refused: number | null
}

export const ExecutorPage = ({ frame, executor, streams, served, refused }: ExecutorView) => (
  <Page frame={frame} title="Executor" place="agents" scripts={['change']}>
    <main id="content" class="column">
      <BackLink to="/agents">Agents and executors</BackLink>
      <div class="heading">
        <h1>
          <UntrustedText text={executor.title} limit={100} />
        </h1>
        <ConnectionPill streams={streams} />
      </div>
      <p class="mono muted">
        <UntrustedText text={executor.audience} />
      </p>
      <ChangeProgress />
      <dl class="figures card">
        <Figure value={served ?? 'many'} noun="calls served" />
        <Figure value={refused ?? 'many'} noun="calls refused" />
        <Figure value={streams.length === 0 ? undefined : `${lagOf(streams)} ms`} noun="delivery delay" />
      </dl>
      <Connections streams={streams} now={frame.now} />
      <OfferedActions executor={executor} now={frame.now} />
      <CredentialRows credentials={executor.credentials} now={frame.now} />
      <EditExecutor executor={executor} />
      <p class="buttons-inline">
        <EndExecutor executor={executor} />
      </p>
    </main>
    <ChangeDialog />
  </Page>
)

const lagOf = (streams: readonly ExecutorStream[]): number => Math.max(...streams.map(({ lagMs }) => lagMs))

const ConnectionPill = ({ streams }: { streams: readonly ExecutorStream[] }) =>
  streams.length === 0 ? (
    <span class="pill warn">Not connected</span>
  ) : (
    <span class="pill live">
      <span class="dot"></span>
      {streams.length === 1 ? 'Connected' : `${streams.length} connections`}
    </span>
  )

const Connections = ({ streams, now }: { streams: readonly ExecutorStream[]; now: number }) => (
  <Card id="connections" title="Connections" note="kill switches reach it through these">
    <Rows
      inCard
      rows={streams.map(({ connection, sinceMs, lagMs }) => (
        <Row
          mono
          what={<UntrustedText text={connection} limit={40} />}
          by={<Since at={Math.floor(sinceMs / 1000)} now={now} />}
          signs={<span class="pill">{lagMs} ms delay</span>}
        />
      ))}
      empty={
        <>
          It is not connected, so it receives no kill switches. Its redemptions of stopped calls are refused, but a call
          already in progress is not aborted.
        </>
      }
    />
  </Card>
)

const Since = ({ at, now }: { at: number; now: number }) => (
  <>
    since <Moment at={at} /> ({age(now - at)})
  </>
)
