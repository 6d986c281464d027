/**
 * Every kill switch there is: those that stand on top, then those released lately.
 *
 * In: switches with who engaged them. Out: a list of links. SPEC 9.
 */
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { Said } from '../frame/untrusted-text.tsx'
import { age, count, machineTime } from '../frame/wording.ts'
import { Selected } from './selector-text.tsx'

/** `by` in words: a person's name, or the operator. */
export type ShownSwitch = KillSwitch & { readonly by: string }

export const Switches = ({ switches, now }: { switches: readonly ShownSwitch[]; now: number }) => (
  <section aria-labelledby="switches">
    <h2 id="switches" class="section">
      Kill switches <span class="muted">standing ones first</span>
    </h2>
    {switches.length === 0 ? (
      <p class="card empty">Nothing was ever stopped here.</p>
    ) : (
      <ul class="rows card">
        {switches.map((killswitch) => (
          <Row killswitch={killswitch} now={now} />
        ))}
      </ul>
    )}
  </section>
)

const Row = ({ killswitch, now }: { killswitch: ShownSwitch; now: number }) => {
  const { id, selector, releasedAtMs, engagedAtMs, by, reason, hits } = killswitch
  const at = Math.floor(engagedAtMs / 1000)
  return (
    <li>
      <a class={releasedAtMs === null ? 'row' : 'row past'} href={`/kill/${id}`}>
        <span class="what first-upper">
          <Selected selector={selector} />
        </span>
        <span class="by">
          <Said text={by} limit={60} />: {reason === null ? 'reason erased' : <Said text={reason} limit={120} />}{' '}
          <span class="block">
            {count(hits.tokens, 'token')} revoked, {count(hits.pending, 'request')} held
          </span>
        </span>
        <span class="signs">
          {releasedAtMs === null ? <span class="pill danger">stands</span> : <span class="pill">released</span>}
          <time class="muted age" datetime={machineTime(at)} data-since={at}>
            {age(now - at)}
          </time>
        </span>
      </a>
    </li>
  )
}
