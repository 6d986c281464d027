/**
 * The stop button on every page of a signed-in person, and the banner while a kill switch is active.
 *
 * In: the active kill switches. Out: a link each. Stopping itself happens on the page behind the link. SPEC 5, 9.
 */
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { Icon } from '../parts/icons.tsx'
import { SelectorText } from '../parts/selector-text.tsx'
import { Moment } from '../parts/times.tsx'

export const StopButton = ({ current }: { current: boolean }) => (
  <a class="stop" href="/kill" aria-current={current ? 'page' : undefined}>
    <Icon name="stop" />
    Stop
  </a>
)

export const StopBanner = ({ active }: { active: readonly KillSwitch[] }) => {
  const [newest] = active
  if (!newest) return <div id="stop-banner"></div>
  return (
    <aside id="stop-banner" class="stop-banner" aria-label="Stopped now">
      <a href={active.length === 1 ? `/kill/${newest.id}` : '/kill#switches'}>
        <Icon name="stop" />
        <span>
          <b>Stopped:</b>{' '}
          {active.length === 1 ? (
            <>
              <SelectorText selector={newest.selector} />, since <Moment at={Math.floor(newest.engagedAtMs / 1000)} />
            </>
          ) : (
            `${active.length} kill switches are active`
          )}
        </span>
      </a>
    </aside>
  )
}
