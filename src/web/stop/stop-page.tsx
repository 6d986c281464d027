/**
 * Stop: choose what, see what it hits, one button; below, every switch there is.
 *
 * In: a choice, what it would hit now, the names this authority knows. Out: the page. Choosing is a form that works by
 * its address alone; stopping is a call of `browser/kill.ts`. No passkey: whatever makes things safer is easy. SPEC 5, 9.
 */
import type { Reach } from '../../domain/stop/kill-switch.ts'
import { Notice } from '../approve/warnings.tsx'
import { Icon } from '../frame/icons.tsx'
import { type Frame, Page } from '../frame/page.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { hostOf } from '../frame/wording.ts'
import type { Choice } from './stop-choice.ts'
import { Choices, type Known } from './stop-choices.tsx'
import { type ShownSwitch, Switches } from './switch-list.tsx'

export interface KillView {
  readonly frame: Frame
  readonly choice: Choice
  /** What the choice would hit; null while nothing is named, a sentence where it cannot be one. */
  readonly reach: Reach | string | null
  readonly known: Known
  /** Auditors only look. */
  readonly mayStop: boolean
  readonly switches: readonly ShownSwitch[]
}

export const KillPage = ({ frame, choice, reach, known, mayStop, switches }: KillView) => (
  <Page frame={frame} title="Stop" place="stop" scripts={['kill']} oneTask={mayStop}>
    <main id="content" class="column kill">
      <div class="heading">
        <h1>Stop</h1>
        <span class="muted">takes effect at once, no passkey needed</span>
      </div>
      {mayStop ? (
        <form class="stopping" method="get" action="/kill" data-choose="" novalidate>
          <Choices choice={choice} known={known} />
          <Hits reach={reach} />
          <Why />
          <StopNow />
        </form>
      ) : (
        <Notice tone="plain" icon="info">
          <b>You can look, and not stop.</b> Approvers and admins can; so can whoever holds an operator’s credential.
        </Notice>
      )}
      <Switches switches={switches} now={frame.now} />
    </main>
  </Page>
)

const Why = () => (
  <section class="card" aria-labelledby="why">
    <header>
      <h2 id="why">Why</h2>
      <span class="muted">may stay empty</span>
    </header>
    <div class="body">
      <textarea name="reason" rows={2} maxlength={2000} aria-labelledby="why"></textarea>
    </div>
  </section>
)

const StopNow = () => (
  <div class="stop-now">
    <p class="status" role="status" aria-live="polite" data-status=""></p>
    <button type="button" class="refuse strong" data-stop-now="">
      Stop now<small>until an admin releases it</small>
    </button>
    <noscript>
      <button type="submit">Show what this hits</button>
      <p class="hint">
        Stopping from this page needs JavaScript. From a terminal: <code>countersign kill</code>
      </p>
    </noscript>
  </div>
)

/** Stands in one place whatever is chosen, so that nothing moves under a thumb. */
const Hits = ({ reach }: { reach: Reach | string | null }) => {
  const found = typeof reach === 'object' ? reach : null
  return (
    <section class="card" id="reach" aria-labelledby="reach-title">
      <header>
        <h2 id="reach-title">What this hits now</h2>
        <span class="muted" data-reach-note="">
          {typeof reach === 'string' ? '' : found ? 'as things stand' : 'choose first'}
        </span>
      </header>
      <dl class="figures" data-reach="">
        <Figure amount={found?.tokens} noun="live tokens" fate="revoked at once" />
        <Figure amount={found?.pending} noun="waiting requests" fate="cannot be approved" />
        <Figure amount={found?.executors.length} noun="connected executors" fate="told at once" />
      </dl>
      <p class="reached">{typeof reach === 'string' ? <Fault text={reach} /> : <Executors reach={found} />}</p>
    </section>
  )
}

const Figure = ({ amount, noun, fate }: { amount: number | undefined; noun: string; fate: string }) => (
  <div>
    <dt>
      {noun}
      <small>{fate}</small>
    </dt>
    <dd>{amount === undefined ? '–' : new Intl.NumberFormat('en').format(amount)}</dd>
  </div>
)

const Fault = ({ text }: { text: string }) => (
  <span class="danger-text">
    <Icon name="warning" /> <Said text={text} />
  </span>
)

const Executors = ({ reach }: { reach: Reach | null }) => {
  if (reach === null) return <>New requests, consents, collections and redemptions are refused from then on.</>
  if (reach.executors.length === 0)
    return <>No executor is connected. Whatever one tries from then on is refused when it redeems.</>
  return (
    <>
      Told: <Said text={reach.executors.map(hostOf).join(', ')} />
    </>
  )
}
