/** The grants that a person gave and that have calls left, on every page of theirs: time left, and *End*. SPEC 4.6. */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Icon } from '../parts/icons.tsx'
import { CONSEQUENCES, RevokeButton } from '../parts/stop-and-revoke.tsx'
import { TimeLeft } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'

export const GrantsStrip = ({ grants, now }: { grants: readonly ApprovalRequest[]; now: number }) =>
  grants.length === 0 ? (
    <div id="grants-strip"></div>
  ) : (
    <aside id="grants-strip" class="grants-strip" aria-label="Your grants">
      <Grants grants={grants.slice(0, 1)} now={now} />
      {grants.length > 1 ? (
        <details>
          <summary>and {grants.length - 1} more</summary>
          <Grants grants={grants.slice(1)} now={now} />
        </details>
      ) : null}
    </aside>
  )

const Grants = ({ grants, now }: { grants: readonly ApprovalRequest[]; now: number }) => (
  <ul>
    {grants.map((grant) => (
      <GrantRow grant={grant} now={now} />
    ))}
  </ul>
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
