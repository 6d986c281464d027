/**
 * What an approver should know before reading on: danger, hidden text, approving for oneself, why one cannot.
 *
 * In: a request as one approver sees it. Out: notices, the gravest first; none where nothing is unusual.
 */
import type { Child } from 'hono/jsx'
import type { RequestForApprover } from '../../authority/requests/show.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Icon, type IconName } from '../frame/icons.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { count } from '../frame/wording.ts'
import { concealedIn, type Finding } from './hidden-text.ts'

export const Notices = ({ shown }: { shown: RequestForApprover }) => (
  <>
    <Danger request={shown.request} />
    <Concealed findings={concealedIn(shown.request)} />
    {shown.selfApproval && shown.cannotConsent === null ? (
      <Notice tone="plain" icon="info">
        <b>You would be approving for yourself.</b>{' '}
        {shown.request.terms.quorum === 1 ? 'Nobody else looks at this. ' : ''}
        The token will say so, and the executor may refuse it.
      </Notice>
    ) : null}
  </>
)

interface NoticeProps {
  readonly tone: 'danger' | 'warn' | 'plain'
  readonly icon: IconName
  readonly children?: Child
}

export const Notice = ({ tone, icon, children }: NoticeProps) => (
  <div class={`note ${tone}`}>
    <Icon name={icon} />
    <div>{children}</div>
  </div>
)

const Danger = ({ request }: { request: ApprovalRequest }) => {
  const { effect, reversible } = request.catalogueEntry
  if (effect === 'destructive')
    return (
      <Notice tone="danger" icon="warning">
        <b>This destroys something{reversible ? '.' : ', and cannot be undone.'}</b>{' '}
        {reversible ? 'The executor says that it can be undone.' : 'Read the whole call before you answer.'}
      </Notice>
    )
  if (effect === 'write' && !reversible)
    return (
      <Notice tone="warn" icon="warning">
        <b>This cannot be undone.</b> Read the whole call before you answer.
      </Notice>
    )
  return null
}

const MOST_LISTED = 6

const Concealed = ({ findings }: { findings: readonly Finding[] }) => {
  if (findings.length === 0) return null
  return (
    <Notice tone="warn" icon="warning">
      <b>Some text here is not what it seems.</b> It is marked below wherever it stands.
      <ul>
        {findings.slice(0, MOST_LISTED).map((finding) => (
          <li>
            {found(finding)} in{' '}
            <b>
              <Said text={finding.place} limit={60} />
            </b>
            : {finding.names.slice(0, 3).join(', ')}
            {finding.names.length > 3 ? ' and others' : ''}
          </li>
        ))}
        {findings.length > MOST_LISTED ? <li>and in {count(findings.length - MOST_LISTED, 'more place')}</li> : null}
      </ul>
    </Notice>
  )
}

function found({ hidden, lookalikes }: Finding): string {
  const parts = [
    hidden > 0 ? count(hidden, 'hidden character') : '',
    lookalikes > 0 ? count(lookalikes, 'imitated word') : '',
  ]
  return parts.filter(Boolean).join(' and ')
}
