/**
 * What each agent and executor may do, used and did not use. Every button only restricts: a session is enough. SPEC 3,
 * 10.
 */
import type { Review, ReviewedAgent, ReviewedExecutor } from '../../domain/identity/usage.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { BackLink, Notice, Row, Section, StatusLine } from '../parts/card.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count, hostOf } from '../parts/wording.ts'
import { OfferedActions } from './offered-actions.tsx'
import { CredentialRows, EndAgent, EndExecutor, executorPath, SOON_SECONDS, UseFacts } from './party-details.tsx'

export const ReviewPage = ({ frame, review: { agents, executors } }: { frame: Frame; review: Review }) => (
  <Page frame={frame} title="Review" place="agents">
    <main id="content" class="column">
      <BackLink to="/agents">Agents and executors</BackLink>
      <div class="heading">
        <h1>Review</h1>
        <span class="muted">permissions and their use in the last 90 days</span>
      </div>
      <p class="muted">
        Every credential expires: after 90 days by default, after a year at most. Remove what is not used. Each step
        here takes effect immediately and needs no passkey.
      </p>
      <ExpiringSoon parties={[...agents, ...executors]} now={frame.now} />
      <StatusLine />
      <Section id="agents" title="Agents" class="reviewed stack">
        {agents.length === 0 ? <p class="card empty">No agents yet.</p> : null}
        {agents.map((agent) => (
          <AgentReview agent={agent} now={frame.now} />
        ))}
      </Section>
      <Section id="executors" title="Executors" class="reviewed stack">
        {executors.length === 0 ? <p class="card empty">No executors yet.</p> : null}
        {executors.map((executor) => (
          <ExecutorReview executor={executor} now={frame.now} />
        ))}
      </Section>
    </main>
  </Page>
)

const ExpiringSoon = ({ parties, now }: { parties: readonly (ReviewedAgent | ReviewedExecutor)[]; now: number }) => {
  const expiring = parties
    .flatMap(({ credentials }) => credentials)
    .filter(({ revokedAt, expiresAt }) => revokedAt === null && expiresAt > now && expiresAt - now < SOON_SECONDS)
  if (expiring.length === 0) return null
  return (
    <Notice tone="warn" icon="warning">
      <b>{expiring.length === 1 ? '1 credential expires' : `${expiring.length} credentials expire`} within 14 days.</b>{' '}
      Replace those still needed in time.
    </Notice>
  )
}

const AgentReview = ({ agent, now }: { agent: ReviewedAgent; now: number }) => (
  <details class="card fold">
    <summary>
      <span class="mono">
        <UntrustedText text={agent.id} />
      </span>
      <span class="muted">
        {count(agent.used.length, 'action')} used, {agent.unused.length} unused
      </span>
      {agent.used.length === 0 ? <span class="pill warn">Idle for 90 days</span> : null}
    </summary>
    <div class="body parts stack">
      {agent.used.length === 0 ? (
        <p class="muted">It requested nothing in the last 90 days.</p>
      ) : (
        <ul class="rows card" aria-label="Actions used">
          {agent.used.map((use) => (
            <Row what={<ActionName {...use} />} by={<UseFacts used={[use]} now={now} />} />
          ))}
        </ul>
      )}
      <UnusedActions actions={agent.unused} />
      <CredentialRows credentials={agent.credentials} now={now} />
      <p class="buttons-inline">
        <EndAgent id={agent.id} />
      </p>
    </div>
  </details>
)

const ActionName = ({ name, executor }: { name: string; executor: string }) => (
  <>
    <span class="mono">
      <UntrustedText text={name} />
    </span>{' '}
    <span class="muted">
      at <UntrustedText text={hostOf(executor)} limit={60} />
    </span>
  </>
)

const UnusedActions = ({ actions }: { actions: ReviewedAgent['unused'] }) =>
  actions.length === 0 ? null : (
    <details>
      <summary>{count(actions.length, 'action')} permitted but unused</summary>
      <ul class="plain-list">
        {actions.map((action) => (
          <li>
            <ActionName {...action} />
          </li>
        ))}
      </ul>
    </details>
  )

const ExecutorReview = ({ executor, now }: { executor: ReviewedExecutor; now: number }) => (
  <details class="card fold">
    <summary>
      <UntrustedText text={executor.title} limit={100} />
      <span class="muted">
        {executor.catalogue.length - executor.unused.length} of {count(executor.catalogue.length, 'action')} used
      </span>
      {executor.unused.length > 0 ? <span class="pill warn">{executor.unused.length} unused</span> : null}
    </summary>
    <div class="body parts stack">
      <OfferedActions executor={executor} now={now} />
      <CredentialRows credentials={executor.credentials} now={now} />
      <p class="buttons-inline">
        <a class="button small" href={executorPath(executor.audience)}>
          Connections
        </a>
        <EndExecutor executor={executor} />
      </p>
    </div>
  </details>
)
