/**
 * What stands on every page of a signed-in person: the control that stops, and a banner while something is stopped.
 *
 * In: the kill switches that stand. Out: a link each; stopping itself is one page away. SPEC 5, 9.
 */
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { Selected } from '../stop/selector-text.tsx'
import { type Kind, stopLink } from '../stop/stop-choice.ts'
import { Icon } from './icons.tsx'
import { clockTime, day, machineTime } from './wording.ts'

export const StopControl = ({ current }: { current: boolean }) => (
  <a class="stop" href="/kill" aria-current={current ? 'page' : undefined}>
    <Icon name="stop" />
    Stop
  </a>
)

/** One tap from a row to the page that stops it. */
export const StopThis = ({ kind, value }: { kind: Kind; value: string }) => (
  <a class="button small refuse" href={stopLink(kind, value)}>
    Stop…<span class="sr-only"> {value}</span>
  </a>
)

export const StandingBanner = ({ standing }: { standing: readonly KillSwitch[] }) => {
  const [newest] = standing
  if (!newest) return <div id="standing"></div>
  return (
    <aside id="standing" class="standing" aria-label="Stopped now">
      <a href={standing.length === 1 ? `/kill/${newest.id}` : '/kill#switches'}>
        <Icon name="stop" />
        <span>
          <b>Stopped:</b>{' '}
          {standing.length === 1 ? <One killswitch={newest} /> : `${standing.length} kill switches stand`}
        </span>
      </a>
    </aside>
  )
}

const One = ({ killswitch: { selector, engagedAtMs } }: { killswitch: KillSwitch }) => {
  const at = Math.floor(engagedAtMs / 1000)
  return (
    <>
      <Selected selector={selector} />, since{' '}
      <time datetime={machineTime(at)}>
        {day(at)}, {clockTime(at)}
      </time>
    </>
  )
}
