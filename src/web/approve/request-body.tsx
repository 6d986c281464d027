/**
 * What is true first: the call, the executor's preview and reason; then the agent's claim, set apart; then what the
 * passkey signs. The same on a page of one request and of several.
 */
import { canonicalize } from '@countersign/verifier'
import type { PropsWithChildren } from 'hono/jsx'
import type { RequestForApprover, Signer } from '../../authority/requests/show.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { Card, type Level } from '../parts/card.tsx'
import { InTurns } from '../parts/in-turns.tsx'
import { Moment } from '../parts/times.tsx'
import { UndoingNote } from '../parts/undoing-note.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count, duration, hostOf } from '../parts/wording.ts'
import { AgentClaim } from './agent-claim.tsx'
import { CallDetails } from './call-details.tsx'
import { ChangedCard } from './changed-card.tsx'
import { Difference } from './difference.tsx'
import { QuorumCard } from './quorum-card.tsx'
import { SeriesCard } from './series-card.tsx'
import { WhyCard } from './why-card.tsx'

export const RequestBody = ({ shown, level }: { shown: RequestForApprover; level: Level }) => (
  <>
    <UndoingNote undoes={shown.request.undoes} proposedBy={shown.proposedBy} />
    <GrantNote shown={shown} />
    <ChangedCard shown={shown} level={level} />
    <RequestTexts request={shown.request} level={level} />
    <Task shown={shown} level={level} />
    <WhyCard shown={shown} level={level} />
    <QuorumCard shown={shown} level={level} />
    <SignedFacts shown={shown} />
  </>
)

const DOORS: Readonly<Record<ApprovalRequest['door'], string>> = {
  executor: 'a challenge that the executor signed',
  agent: 'the agent itself',
  person: 'a person: to undo what it did, or to allow more of what it asks for',
}

/** Of a grant that its agent did not ask for. */
const GrantNote = ({ shown: { request, proposedBy } }: { shown: RequestForApprover }) =>
  request.series === null || request.proposedBy === null ? null : (
    <p class="note plain">
      <span>
        {proposedBy === null ? 'A person' : <UntrustedText text={proposedBy} limit={100} />} proposes to allow more
        calls like one that the agent asked for.
      </span>
    </p>
  )

/** What a person opened the agent's session for. */
const Task = ({ shown: { task, request }, level }: { shown: RequestForApprover; level: Level }) =>
  task === null ? null : (
    <Card
      id={`task-${request.id}`}
      level={level}
      title="The agent’s task"
      note={<span class="pill ok">signed by a person</span>}
    >
      <div class="body">
        <p>
          <UntrustedText text={task.purpose ?? 'Its purpose was erased.'} lines="kept" whole />
        </p>
        <p class="muted">
          Until <Moment at={task.endsAt} />. What it asked for ends with it.
        </p>
      </div>
    </Card>
  )

/** For approvers, and later for those who read what was approved. */
export const RequestTexts = ({ request, level }: { request: ApprovalRequest; level: Level }) => (
  <InTurns
    parts={[
      <SeriesCard request={request} level={level} />,
      ...inOrder(
        request,
        <CallDetails request={request} level={level} />,
        <Difference request={request} level={level} />,
      ),
      <RelayedReason request={request} level={level} />,
      <AgentClaim request={request} level={level} />,
    ]}
  />
)

/** A change to the authority has whole lists in its call: what differs from them comes first. */
const inOrder = <Part,>({ name }: ApprovalRequest, call: Part, difference: Part): readonly Part[] =>
  name.startsWith('countersign.') ? [difference, call] : [call, difference]

const RelayedReason = ({ request, level }: { request: ApprovalRequest; level: Level }) =>
  request.reason === null || request.door !== 'executor' ? null : (
    <Card
      id={`reason-${request.id}`}
      level={level}
      title={<ReasonOf audience={request.audience} />}
      note={<span class="pill ok">signed by the executor</span>}
    >
      <div class="body">
        <blockquote dir="auto">
          <UntrustedText text={request.reason} lines="kept" whole />
        </blockquote>
      </div>
    </Card>
  )

const ReasonOf = ({ audience }: { audience: string }) => (
  <>
    Reason, in the words of <UntrustedText text={hostOf(audience)} limit={60} />
  </>
)

/** Every member of the statement that this person can sign, or that people have signed; nothing where neither is so. */
const SignedFacts = ({ shown }: { shown: RequestForApprover }) => {
  const isToSign = shown.state === 'pending' && !shown.consentedByMe && shown.cannotConsent === null
  const signers = isToSign ? [shown.statement] : shown.signers
  if (signers.length === 0) return null
  return (
    <details class="card fold">
      <summary>{isToSign ? 'Details of what your passkey signs' : 'Details of what was signed'}</summary>
      <StatementFacts shown={shown}>
        {signers.map((signer) => (
          <>
            <SignerId {...signer} />,{' '}
          </>
        ))}
        {separationOf(shown, isToSign)}
      </StatementFacts>
    </details>
  )
}

/** Without separation this person, or one before them, signs for themself. */
function separationOf({ statement, selfApproval, signers }: RequestForApprover, isToSign: boolean): string {
  if (statement.separation) return 'for somebody else'
  if (isToSign) return selfApproval ? 'for yourself' : 'after somebody who signed for themself'
  return signers.length === 1 ? 'for themself' : 'one of them for themself'
}

const SignerId = ({ approver, on_behalf_of: absent }: Signer) => (
  <>
    <span class="mono">{approver}</span>
    {absent === undefined ? null : (
      <>
        {' '}
        in the place of <span class="mono">{absent}</span>
      </>
    )}
  </>
)

/** The members of a statement. `children`: the people who sign it. */
const StatementFacts = ({
  shown: { request, statement, policyTitle, principalName },
  children,
}: PropsWithChildren<{ shown: RequestForApprover }>) => (
  <div class="body">
    <dl class="facts">
      <dt>action</dt>
      <dd class="mono">{statement.action}</dd>
      <dt>preview</dt>
      <dd class="mono">{statement.preview ?? 'none'}</dd>
      <dt>state</dt>
      <dd class="mono">{statement.state ?? 'none'}</dd>
      <dt>executor</dt>
      <dd>
        <UntrustedText text={request.executorTitle} />,{' '}
        <span class="mono">
          <UntrustedText text={statement.aud} />
        </span>
      </dd>
      <dt>requested by</dt>
      <dd>
        <span class="mono">
          <UntrustedText text={canonicalize(statement.act)} />
        </span>
        , by {request.changes === null ? DOORS[request.door] : 'an approver, who changed the call that was asked for'}
      </dd>
      <dt>on behalf of</dt>
      <dd>
        {principalName === null ? null : (
          <>
            <UntrustedText text={principalName} />,{' '}
          </>
        )}
        <span class="mono">
          <UntrustedText text={statement.sub} />
        </span>
      </dd>
      <dt>policy</dt>
      <dd>
        {policyTitle} <span class="mono block">{statement.policy}</span>
      </dd>
      <dt>token</dt>
      <dd>{termsOf(request, statement)}</dd>
      <dt>held by</dt>
      <dd class="mono">
        <UntrustedText text={statement.client_id} />
      </dd>
      <dt>signed by</dt>
      <dd>{children}</dd>
      <dt>at the authority</dt>
      <dd class="mono">{statement.iss}</dd>
      <dt>valid until</dt>
      <dd>
        <Moment at={statement.expires} />
      </dd>
      <dt>requested at</dt>
      <dd>
        <Moment at={request.createdAt} />
      </dd>
      <dt>request</dt>
      <dd class="mono">{statement.request}</dd>
      <dt>trace</dt>
      <dd class="mono">{request.trace}</dd>
    </dl>
  </div>
)

function termsOf({ terms }: ApprovalRequest, { uses, aud, quorum }: RequestForApprover['statement']): string {
  const spent = uses === 1 ? 'one use' : `up to ${count(uses, 'use')}`
  return `${spent}, at ${hostOf(aud)}, within ${duration(terms.ttlSeconds)} of being issued; requires ${count(quorum, 'approver')}`
}
