/** The grants that a person gave and that have calls left, on every page of theirs: time left, and *End*. SPEC 4.6. */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Icon } from '../parts/icons.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/stop-and-revoke.tsx'
import { TimeLeft } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'

/** More are counted. */
const MOST_SHOWN = 3

export const GrantsStrip = ({ grants, now }: { grants: readonly ApprovalRequest[]; now: number }) =>
  grants.length === 0 ? (
    <div id="grants-strip"></div>
  ) : (
    <aside id="grants-strip" class="grants-strip" aria-label="Your grants">
      <ul>
        {grants.slice(0, MOST_SHOWN).map((grant) => (
          <GrantRow grant={grant} now={now} />
        ))}
      </ul>
      {grants.length > MOST_SHOWN ? <p>and {grants.length - MOST_SHOWN} more</p> : null}
    </aside>
  )

const GrantRow = ({ grant, now }: { grant: ApprovalRequest; now: number }) => (
  <li>
    <a href={`/approve/${grant.id}`}>
      <Icon name="done" />
      <span>
        <b>
          <UntrustedText text={grant.agent} limit={40} />
        </b>{' '}
        may call <UntrustedText text={grant.name} limit={40} />: {grant.series?.used} of {grant.series?.uses} used
      </span>
    </a>
    <TimeLeft expiresAt={grant.expiresAt} now={now} />
    <RevokeButton path={`/requests/${grant.id}`} label="this grant" verb="End" consequence={CONSEQUENCES.grant} />
  </li>
)
