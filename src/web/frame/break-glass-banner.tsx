/** The warning about break-glasses, on every page of a signed-in person until an admin has acknowledged them. SPEC 10.12. */
import type { ShownBreakGlass } from '../../authority/people/break-glass.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { Icon } from '../parts/icons.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'

interface BannerProps {
  readonly opened: readonly ShownBreakGlass[]
  readonly person: Approver | undefined
  readonly nameOf: NameOf
}

export const BreakGlassBanner = ({ opened, person, nameOf }: BannerProps) => (
  <>
    {opened.map((one) => (
      <aside class="stop-banner" aria-label="Break-glass">
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
                I know of it
              </button>
            ) : (
              <p class="muted">An admin from before it was opened ends this warning, once its link lets nobody in.</p>
            )}
          </div>
        </div>
      </aside>
    ))}
  </>
)

const consequenceOf = ({ letIn }: ShownBreakGlass, nameOf: NameOf) =>
  letIn === null ? (
    'its link can make an admin without the consent of anybody here, once.'
  ) : (
    <>
      it made <UntrustedText text={nameOf(letIn)} limit={40} /> an admin, and nobody here consented.
    </>
  )

const canAcknowledge = ({ isOpen, witnesses }: ShownBreakGlass, person: Approver | undefined): boolean =>
  person?.roles.includes('admin') === true && witnesses.includes(person.id) && !isOpen
