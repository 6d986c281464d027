/** The warning about break-glasses, on every page of a signed-in person until an admin has acknowledged them. SPEC 10.12. */
import type { ShownBreakGlass } from '../../authority/people/break-glass.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { Icon } from '../parts/icons.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'

interface BannerProps {
  readonly opened: readonly ShownBreakGlass[]
  readonly person: Approver | undefined
  readonly nameOf: NameOf
}

export const BreakGlassBanner = ({ opened: [first, ...others], ...reader }: BannerProps) =>
  first ? (
    <aside class="stop-banner" aria-label="Break-glass">
      <Opened one={first} {...reader} />
      {others.length === 0 ? null : (
        <details>
          <summary>Opened {count(others.length, 'more time')}</summary>
          {others.map((one) => (
            <Opened one={one} {...reader} />
          ))}
        </details>
      )}
    </aside>
  ) : null

interface OpenedProps extends Omit<BannerProps, 'opened'> {
  readonly one: ShownBreakGlass
}

const Opened = ({ one, person, nameOf }: OpenedProps) => (
  <div>
    <Icon name="warning" />
    <div class="break-glass-words">
      <p>
        <b>Break-glass was opened on the host</b>, <Moment at={one.openedAt} />: {consequenceOf(one, nameOf)}
      </p>
      <p>
        Reason given: <UntrustedText text={one.reason ?? 'erased'} limit={200} />
      </p>
      {canAcknowledge(one, person) ? (
        <button type="button" data-acknowledge={`/break-glass/${one.id}/acknowledgement`}>
          Acknowledge
        </button>
      ) : (
        <p class="muted">
          An admin who enrolled before it was opened can end this warning when its link no longer works.
        </p>
      )}
    </div>
  </div>
)

const consequenceOf = ({ letIn }: ShownBreakGlass, nameOf: NameOf) =>
  letIn === null ? (
    'its link makes one person an admin without anybody’s consent.'
  ) : (
    <>
      it made <UntrustedText text={nameOf(letIn)} limit={40} /> an admin, and nobody here consented.
    </>
  )

const canAcknowledge = ({ isOpen, witnesses }: ShownBreakGlass, person: Approver | undefined): boolean =>
  person?.roles.includes('admin') === true && witnesses.includes(person.id) && !isOpen
