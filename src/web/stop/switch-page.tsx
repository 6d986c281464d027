/**
 * One kill switch, its release included: an approved action like any other. `browser/stop-script.ts` keeps it current.
 * SPEC 9, 10.
 */
import type { WatchedSwitch } from '../../authority/stop/watch-kill-switches.ts'
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { BackLink, Card, Figure, LivePill, Row, Rows } from '../parts/card.tsx'
import { ChangeDialog, ChangeForm, ChangeProgress } from '../parts/change-dialog.tsx'
import { TextField } from '../parts/form-fields.tsx'
import { Icon } from '../parts/icons.tsx'
import { SelectorText } from '../parts/selector-text.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count, hostOf } from '../parts/wording.ts'
import { SwitchState } from './switch-list.tsx'
import { UnknownTargets } from './unknown-targets-note.tsx'

interface SwitchView {
  readonly frame: Frame
  readonly watched: WatchedSwitch
  /** The name of whoever engaged it. */
  readonly by: string
  readonly mayRelease: boolean
  readonly mayReadLedger: boolean
}

export const SwitchPage = (view: SwitchView) => {
  const { frame, watched, mayRelease } = view
  const { id, releasedAtMs } = watched.killswitch
  return (
    <Page frame={frame} title="Kill switch" place="stop" scripts={mayRelease ? ['stop', 'change'] : ['stop']}>
      <main id="content" class="column">
        <BackLink to="/kill">Stop</BackLink>
        {mayRelease ? <ChangeProgress /> : null}
        <SwitchStatus view={view} />
        {releasedAtMs === null ? <Release id={id} mayRelease={mayRelease} /> : null}
      </main>
      {mayRelease ? <ChangeDialog /> : null}
    </Page>
  )
}

/** The part that the script fetches again. */
const SwitchStatus = ({ view }: { view: SwitchView }) => {
  const { killswitch, confirmations, awaited, unknown } = view.watched
  const { id, selector, hits, releasedAtMs } = killswitch
  const isActive = releasedAtMs === null
  const version = [releasedAtMs, hits.tokens, confirmations.length, awaited.join(' ')].join('.')
  return (
    <div class="stack" data-switch={id} data-version={version} data-awaited={awaited.length}>
      <div class="heading">
        <h1>
          {isActive ? 'Stopped: ' : 'Was stopped: '}
          <SelectorText selector={selector} />
        </h1>
        <SwitchState isActive={isActive} />
      </div>
      <UnknownTargets targets={unknown} />
      <SwitchFacts view={view} />
      <dl class="figures card">
        <Figure value={hits.tokens} noun="tokens revoked" />
        <Figure value={hits.pending} noun="pending requests blocked" />
        <Figure value={hits.executors} noun="executors connected" />
      </dl>
      <Confirmations confirmations={confirmationsOf(view.watched)} isActive={isActive} />
    </div>
  )
}

const SwitchFacts = ({ view: { watched, by, mayReadLedger } }: { view: SwitchView }) => {
  const { engagedAtMs, reason, trace } = watched.killswitch
  return (
    <section class="card" aria-label="Who, when and why">
      <dl class="facts body">
        <dt>Stopped by</dt>
        <dd>
          <UntrustedText text={by} />
        </dd>
        <dt>At</dt>
        <dd>
          <Moment at={Math.floor(engagedAtMs / 1000)} />
        </dd>
        <dt>Reason</dt>
        <dd class="text">
          {reason === null ? (
            <span class="muted">The reason was erased</span>
          ) : (
            <UntrustedText text={reason} lines="kept" />
          )}
        </dd>
        <dt>Released</dt>
        <dd>
          <Released killswitch={watched.killswitch} />
        </dd>
        {mayReadLedger ? (
          <>
            <dt>Ledger</dt>
            <dd>
              <a href={`/ledger/traces/${trace}`}>Entries with proofs</a>
            </dd>
          </>
        ) : null}
      </dl>
    </section>
  )
}

/** The row stands from the start, so that a release moves nothing below it. */
const Released = ({ killswitch: { releasedAtMs, releaseRequest } }: { killswitch: KillSwitch }) =>
  releasedAtMs === null ? (
    <span class="muted">Not yet</span>
  ) : (
    <>
      <Moment at={Math.floor(releasedAtMs / 1000)} />
      {releaseRequest === null ? null : (
        <>
          , by <a href={`/approve/${releaseRequest}`}>an approved request</a>
        </>
      )}
    </>
  )

const Confirmations = ({ confirmations, isActive }: { confirmations: readonly Confirmation[]; isActive: boolean }) => (
  <Card id="confirmed" title="Confirmed by" note={isActive ? <LivePill /> : undefined}>
    <Rows
      inCard
      rows={confirmations.map((confirmation) => (
        <Row
          what={<UntrustedText text={hostOf(confirmation.executor)} />}
          by={confirmation.kind === 'outstanding' ? 'has not confirmed yet' : effectOf(confirmation)}
          signs={<ConfirmationPill confirmation={confirmation} />}
        />
      ))}
      empty={
        <>
          No executor was connected. The authority refuses their redemptions, and a verifier without news refuses by
          itself.
        </>
      }
    />
  </Card>
)

const ConfirmationPill = ({ confirmation }: { confirmation: Confirmation }) =>
  confirmation.kind === 'outstanding' ? (
    <span class="pill warn">
      <Icon name="waiting" /> Waiting
    </span>
  ) : (
    <span class="pill ok">in {confirmation.afterMs} ms</span>
  )

const effectOf = ({ connections, aborted }: Confirmation & { kind: 'confirmed' }): string =>
  [
    aborted === 0 ? 'no call was in progress' : `${count(aborted, 'call')} aborted`,
    ...(connections > 1 ? [`${connections} connections`] : []),
  ].join(', ')

const Release = ({ id, mayRelease }: { id: string; mayRelease: boolean }) =>
  mayRelease ? (
    <ChangeForm change="release" title="Release" button="Release…" killswitch={id}>
      <p class="muted">
        Revoked tokens stay revoked. Pending requests, and approved requests whose token was not collected yet, continue
        where they were.
      </p>
      <TextField id="reason" label="Why it is safe again" maxlength={2000} required />
    </ChangeForm>
  ) : (
    <p class="muted aside">An admin can release it with a passkey.</p>
  )

type Confirmation =
  | { readonly kind: 'outstanding'; readonly executor: string }
  | {
      readonly kind: 'confirmed'
      readonly executor: string
      /** Milliseconds from engaging the switch to the confirmation of the last connection. */
      readonly afterMs: number
      readonly aborted: number
      readonly connections: number
    }

export function confirmationsOf({ killswitch, confirmations, awaited }: WatchedSwitch): readonly Confirmation[] {
  const confirmed = [...new Set(confirmations.map(({ executor }) => executor))].map((executor) => {
    const own = confirmations.filter((confirmation) => confirmation.executor === executor)
    return {
      kind: 'confirmed' as const,
      executor,
      afterMs: Math.max(...own.map(({ atMs }) => Math.max(0, atMs - killswitch.engagedAtMs))),
      aborted: own.reduce((sum, { aborted }) => sum + aborted, 0),
      connections: own.length,
    }
  })
  return [
    ...awaited.map((executor) => ({ kind: 'outstanding' as const, executor })),
    ...confirmed.sort((a, b) => a.afterMs - b.afterMs),
  ]
}
