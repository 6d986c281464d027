/**
 * One kill switch: who stopped what and why, what it hit, who has felt it and how soon, and its release.
 *
 * In: the switch as it is watched. Out: the page. `browser/kill.ts` keeps what happened true to the server; releasing is
 * an approved action like any other (`change.tsx`). SPEC 9, 10.
 */
import type { WatchedSwitch } from '../../authority/stop/watch-kill-switches.ts'
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { Icon } from '../frame/icons.tsx'
import { type Frame, Page } from '../frame/page.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { clockTime, count, day, hostOf, machineTime } from '../frame/wording.ts'
import { ChangeDialog, ChangeResult, PendingChange } from '../manage/change-dialog.tsx'
import { type Feeling, feelingsOf } from './confirmations.ts'
import { Selected } from './selector-text.tsx'

export interface SwitchView {
  readonly frame: Frame
  readonly watched: WatchedSwitch
  /** Who engaged it, in words. */
  readonly by: string
  readonly mayRelease: boolean
  readonly mayReadLedger: boolean
}

export const SwitchPage = (view: SwitchView) => {
  const { frame, watched, mayRelease } = view
  const { killswitch } = watched
  const stands = killswitch.releasedAtMs === null
  return (
    <Page frame={frame} title="Kill switch" place="stop" scripts={mayRelease ? ['kill', 'administration'] : ['kill']}>
      <main id="content" class="column kill">
        <a class="back" href="/kill">
          Stop
        </a>
        {mayRelease ? <Changing /> : null}
        <Happened view={view} />
        {stands ? <Release id={killswitch.id} mayRelease={mayRelease} /> : null}
      </main>
      {mayRelease ? <ChangeDialog /> : null}
    </Page>
  )
}

const Changing = () => (
  <>
    <PendingChange />
    <ChangeResult />
    <p class="status" role="status" aria-live="polite" data-status=""></p>
  </>
)

const Happened = ({ view }: { view: SwitchView }) => {
  const { killswitch, confirmations, awaited } = view.watched
  const felt = feelingsOf(view.watched)
  const version = [killswitch.releasedAtMs, killswitch.hits.tokens, confirmations.length, awaited.join(' ')].join('.')
  return (
    <div class="watched" data-switch={killswitch.id} data-version={version} data-awaited={awaited.length}>
      <div class="heading">
        <h1>
          {killswitch.releasedAtMs === null ? 'Stopped: ' : 'Was stopped: '}
          <Selected selector={killswitch.selector} />
        </h1>
        {killswitch.releasedAtMs === null ? (
          <span class="pill danger">stands</span>
        ) : (
          <span class="pill ok">released</span>
        )}
      </div>
      <Told view={view} />
      <dl class="figures card">
        <Figure amount={killswitch.hits.tokens} noun="tokens revoked" />
        <Figure amount={killswitch.hits.pending} noun="waiting requests held" />
        <Figure amount={killswitch.hits.executors} noun="executors connected" />
      </dl>
      <Felt felt={felt} stands={killswitch.releasedAtMs === null} />
    </div>
  )
}

const Figure = ({ amount, noun }: { amount: number; noun: string }) => (
  <div>
    <dt>{noun}</dt>
    <dd>{new Intl.NumberFormat('en').format(amount)}</dd>
  </div>
)

const Told = ({ view: { watched, by, mayReadLedger } }: { view: SwitchView }) => {
  const { killswitch } = watched
  return (
    <section class="card" aria-label="Who, when and why">
      <dl class="facts body">
        <dt>Stopped by</dt>
        <dd>
          <Said text={by} />
        </dd>
        <dt>At</dt>
        <dd>
          <Moment atMs={killswitch.engagedAtMs} />
        </dd>
        <dt>Why</dt>
        <dd class="text">
          {killswitch.reason === null ? (
            <span class="muted">The reason was erased</span>
          ) : (
            <Said text={killswitch.reason} lines="kept" />
          )}
        </dd>
        {killswitch.releasedAtMs === null ? null : <Released killswitch={killswitch} at={killswitch.releasedAtMs} />}
        {mayReadLedger ? (
          <>
            <dt>Ledger</dt>
            <dd>
              <a href={`/ledger/traces/${killswitch.trace}`}>Its entries, with proofs</a>
            </dd>
          </>
        ) : null}
      </dl>
    </section>
  )
}

const Released = ({ killswitch, at }: { killswitch: KillSwitch; at: number }) => (
  <>
    <dt>Released</dt>
    <dd>
      <Moment atMs={at} />
      {killswitch.releaseRequest === null ? null : (
        <>
          , on <a href={`/approve/${killswitch.releaseRequest}`}>an approved request</a>
        </>
      )}
    </dd>
  </>
)

const Moment = ({ atMs }: { atMs: number }) => {
  const at = Math.floor(atMs / 1000)
  return (
    <time datetime={machineTime(at)}>
      {day(at)}, {clockTime(at)}
    </time>
  )
}

const Felt = ({ felt, stands }: { felt: readonly Feeling[]; stands: boolean }) => (
  <section class="card" aria-labelledby="felt">
    <header>
      <h2 id="felt">Felt by</h2>
      {stands ? (
        <span class="pill live" data-live="">
          <span class="dot"></span>
          <span data-live-text="">updates by itself</span>
        </span>
      ) : null}
    </header>
    {felt.length === 0 ? (
      <p class="body muted">
        No executor was connected. Each is refused when it redeems, and a verifier that hears nothing refuses by itself.
      </p>
    ) : (
      <ul class="rows">
        {felt.map((feeling) => (
          <FeltRow feeling={feeling} />
        ))}
      </ul>
    )}
  </section>
)

const FeltRow = ({ feeling }: { feeling: Feeling }) => (
  <li class="row">
    <span class="what">
      <Said text={hostOf(feeling.executor)} />
    </span>
    <span class="by">{feeling.kind === 'awaited' ? 'has not confirmed' : confirmed(feeling)}</span>
    <span class="signs">
      {feeling.kind === 'awaited' ? (
        <span class="pill warn">
          <Icon name="waiting" /> waiting
        </span>
      ) : (
        <span class="pill ok">in {feeling.afterMs} ms</span>
      )}
    </span>
  </li>
)

const confirmed = ({ streams, aborted }: Feeling & { kind: 'felt' }): string =>
  [
    aborted === 0 ? 'no call was under way' : `${count(aborted, 'call')} cut off`,
    ...(streams > 1 ? [`${streams} connections`] : []),
  ].join(', ')

const Release = ({ id, mayRelease }: { id: string; mayRelease: boolean }) =>
  mayRelease ? (
    <section class="card" aria-labelledby="release">
      <header>
        <h2 id="release">Release</h2>
        <span class="muted">you approve it with your passkey</span>
      </header>
      <form class="body form" data-change="release" data-killswitch={id} novalidate>
        <p class="muted">
          What was revoked stays revoked. What waits, or was approved and not yet collected, goes on from where it was.
        </p>
        <label for="release-reason">Why it is safe again</label>
        <input id="release-reason" name="reason" autocomplete="off" maxlength={2000} required />
        <button type="submit" class="primary">
          Release…
        </button>
        <p class="status" role="status" aria-live="polite" data-status=""></p>
      </form>
    </section>
  ) : (
    <p class="muted aside">An admin can release it, with a passkey.</p>
  )
