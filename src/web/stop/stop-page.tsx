/**
 * The page that engages kill switches. Choosing is a form that works by its address alone; engaging is a call of
 * `browser/stop-script.ts`. No passkey: stopping must be easy. SPEC 5, 9.
 */
import type { UnknownTarget } from '../../authority/stop/unknown-targets.ts'
import type { Reach } from '../../domain/stop/kill-switch.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { Card, Figure, Notice, StatusLine } from '../parts/card.tsx'
import { ChangeDialog, ChangeForm, ChangeProgress } from '../parts/change-dialog.tsx'
import { ChoiceField, TextField } from '../parts/form-fields.tsx'
import { Icon } from '../parts/icons.tsx'
import { SelectorText } from '../parts/selector-text.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { hostOf } from '../parts/wording.ts'
import { type StopChoice, StopFields, type Suggestions } from './stop-fields.tsx'
import { SwitchList, type SwitchRow } from './switch-list.tsx'
import { UnknownTargets } from './unknown-targets-note.tsx'

type KnownReach = Reach & { readonly unknown: readonly UnknownTarget[] }

interface StopView {
  readonly frame: Frame
  readonly choice: StopChoice
  /** Null while nothing is chosen; a sentence where the choice is invalid. */
  readonly reach: KnownReach | string | null
  readonly suggestions: Suggestions
  /** False for auditors. */
  readonly mayStop: boolean
  readonly mayRelease: boolean
  readonly switches: readonly SwitchRow[]
}

export const StopPage = ({ frame, choice, reach, suggestions, mayStop, mayRelease, switches }: StopView) => {
  const active = switches.filter(({ releasedAtMs }) => releasedAtMs === null)
  const several = mayRelease && active.length > 1
  return (
    <Page frame={frame} title="Stop" place="stop" scripts={several ? ['stop', 'change'] : ['stop']} oneTask={mayStop}>
      <main id="content" class="column">
        <div class="heading">
          <h1>Stop</h1>
          <span class="muted">takes effect immediately, no passkey needed</span>
        </div>
        {mayStop ? (
          <form class="stack" method="get" action="/kill" data-choose="" novalidate>
            <StopFields choice={choice} suggestions={suggestions} />
            <ReachCard reach={reach} />
            <Card id="why" title="Reason" note="optional">
              <div class="body">
                <textarea name="reason" rows={2} maxlength={2000} aria-labelledby="why"></textarea>
              </div>
            </Card>
            <StopNow />
          </form>
        ) : (
          <Notice tone="plain" icon="info">
            <b>You can view kill switches, but not engage them.</b> Approvers, admins and holders of an operator’s
            credential can.
          </Notice>
        )}
        {several ? <ChangeProgress /> : null}
        <SwitchList switches={switches} now={frame.now} />
        {several ? <ReleaseSeveral active={active} /> : null}
      </main>
      {several ? <ChangeDialog /> : null}
    </Page>
  )
}

/** One gesture for all that are chosen. */
const ReleaseSeveral = ({ active }: { active: readonly SwitchRow[] }) => (
  <ChangeForm change="release" title="Release several" button="Release…">
    {active.map(({ id, selector }) => (
      <ChoiceField name="ids" value={id} label={<SelectorText selector={selector} />} checked={false} />
    ))}
    <TextField id="reason" label="Why it is safe again" maxlength={2000} required />
  </ChangeForm>
)

const StopNow = () => (
  <div class="stop-now">
    <StatusLine />
    <button type="button" class="refuse strong" data-stop-now="">
      Stop now<small>until an admin releases it</small>
    </button>
    <noscript>
      <button type="submit">Show what this affects</button>
      <p class="hint">
        Stopping from this page requires JavaScript. From a terminal: <code>countersign kill</code>
      </p>
    </noscript>
  </div>
)

/** Always of the same height, so that nothing moves under a thumb. */
const ReachCard = ({ reach }: { reach: KnownReach | string | null }) => {
  const found = typeof reach === 'object' ? reach : null
  return (
    <section class="card" id="reach" aria-labelledby="reach-title">
      <header>
        <h2 id="reach-title">What this affects now</h2>
        <span class="muted">{reach === null ? 'choose first' : ''}</span>
      </header>
      <dl class="figures">
        <Figure value={found?.tokens} noun="live tokens" note="revoked immediately" />
        <Figure value={found?.pending} noun="pending requests" note="cannot be approved" />
        <Figure value={found?.executors.length} noun="connected executors" note="notified immediately" />
      </dl>
      {found ? <UnknownTargets targets={found.unknown} suggest /> : null}
      <p class="reached">{typeof reach === 'string' ? <InvalidChoice text={reach} /> : <Recipients reach={found} />}</p>
    </section>
  )
}

const InvalidChoice = ({ text }: { text: string }) => (
  <span class="danger-text">
    <Icon name="warning" /> <UntrustedText text={text} />
  </span>
)

const Recipients = ({ reach }: { reach: Reach | null }) => {
  if (reach === null) return <>New requests, consents, collections and redemptions will be refused.</>
  if (reach.executors.length === 0)
    return <>No executor is connected. An executor’s calls will be refused when it redeems their tokens.</>
  return (
    <>
      Will be delivered to: <UntrustedText text={reach.executors.map(hostOf).join(', ')} />
    </>
  )
}
