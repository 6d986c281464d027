/** All kill switches: active ones first, then those recently released. SPEC 9. */
import type { KillSwitch } from '../../domain/stop/kill-switch.ts'
import { Rows, Section } from '../parts/card.tsx'
import { SelectorText } from '../parts/selector-text.tsx'
import { Age } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'

/** `by`: a person's name, or the operator. */
export type SwitchRow = KillSwitch & { readonly by: string }

export const SwitchList = ({ switches, now }: { switches: readonly SwitchRow[]; now: number }) => (
  <Section id="switches" title="Kill switches" note="active ones first">
    <Rows
      rows={switches.map((killswitch) => <SwitchItem killswitch={killswitch} now={now} />)}
      empty="Nothing has been stopped here yet."
    />
  </Section>
)

const SwitchItem = ({ killswitch, now }: { killswitch: SwitchRow; now: number }) => {
  const { id, selector, releasedAtMs, engagedAtMs, by, reason, hits } = killswitch
  return (
    <li>
      <a class={releasedAtMs === null ? 'row' : 'row past'} href={`/kill/${id}`}>
        <span class="what first-upper">
          <SelectorText selector={selector} />
        </span>
        <span class="by">
          <UntrustedText text={by} limit={60} />:{' '}
          {reason === null ? 'reason erased' : <UntrustedText text={reason} limit={120} />}{' '}
          <span class="block">
            {count(hits.tokens, 'token')} revoked, {count(hits.pending, 'request')} blocked
          </span>
        </span>
        <span class="signs">
          <SwitchState isActive={releasedAtMs === null} />
          <Age since={Math.floor(engagedAtMs / 1000)} now={now} class="muted age" />
        </span>
      </a>
    </li>
  )
}

export const SwitchState = ({ isActive }: { isActive: boolean }) =>
  isActive ? <span class="pill danger">Active</span> : <span class="pill">Released</span>
