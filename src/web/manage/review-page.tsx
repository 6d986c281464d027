/**
 * Review: what every agent and executor was allowed, what it used, what it never used, and one step to narrow or end it.
 *
 * In: the review. Out: the page. Each step makes things safer, so a session is enough. SPEC 3, 10.
 */
import type { Review, ReviewedAgent, ReviewedExecutor } from '../../domain/identity/usage.ts'
import { Notice } from '../approve/warnings.tsx'
import { type Frame, Page } from '../frame/page.tsx'
import { StopThis } from '../frame/stop-banner.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { count, hostOf } from '../frame/wording.ts'
import { AGENT_TAKES, ConfirmRevoke, EXECUTOR_TAKES, RevokeButton } from '../stop/revoke-button.tsx'
import { CredentialRows, SOON_SECONDS } from './credentials.tsx'
import { executorPath } from './executor-page.tsx'
import { OfferedActions } from './offered-actions.tsx'
import { UseFacts } from './use-facts.tsx'

interface ReviewProps {
  readonly frame: Frame
  readonly review: Review
}

export const ReviewPage = ({ frame, review: { agents, executors } }: ReviewProps) => (
  <Page frame={frame} title="Review" place="agents" scripts={['revoke']}>
    <main id="content" class="column">
      <a class="back" href="/agents">
        Agents and executors
      </a>
      <div class="heading">
        <h1>Review</h1>
        <span class="muted">what was allowed, what was used in 90 days</span>
      </div>
      <p class="muted">
        Every credential has an end: 90 days unless somebody chose another, a year at most. What is not used is best
        taken away; each step here takes effect at once and needs no passkey.
      </p>
      <Soon parties={[...agents, ...executors]} now={frame.now} />
      <p class="status" role="status" aria-live="polite" data-status=""></p>
      <section aria-labelledby="agents" class="reviewed">
        <h2 id="agents" class="section">
          Agents
        </h2>
        {agents.length === 0 ? <p class="card empty">No agent yet, so nothing to review.</p> : null}
        {agents.map((agent) => (
          <AgentReview agent={agent} now={frame.now} />
        ))}
      </section>
      <section aria-labelledby="executors" class="reviewed">
        <h2 id="executors" class="section">
          Executors
        </h2>
        {executors.length === 0 ? <p class="card empty">No executor yet, so nothing to review.</p> : null}
        {executors.map((executor) => (
          <ExecutorReview executor={executor} now={frame.now} />
        ))}
      </section>
    </main>
    <ConfirmRevoke />
  </Page>
)

const Soon = ({ parties, now }: { parties: readonly (ReviewedAgent | ReviewedExecutor)[]; now: number }) => {
  const ending = parties
    .flatMap(({ credentials }) => credentials)
    .filter(({ revokedAt, expiresAt }) => revokedAt === null && expiresAt > now && expiresAt - now < SOON_SECONDS)
  if (ending.length === 0) return null
  return (
    <Notice tone="warn" icon="warning">
      <b>{count(ending.length, 'credential')} will end within 14 days.</b> Give whoever still needs one another in time.
    </Notice>
  )
}

const AgentReview = ({ agent, now }: { agent: ReviewedAgent; now: number }) => (
  <details class="card fold">
    <summary>
      <span class="mono">
        <Said text={agent.id} />
      </span>
      <span class="muted">
        {count(agent.used.length, 'action')} used, {agent.unused.length} not
      </span>
      {agent.used.length === 0 ? <span class="pill warn">idle for 90 days</span> : null}
    </summary>
    <div class="body parts">
      {agent.used.length === 0 ? (
        <p class="muted">It asked for nothing in 90 days.</p>
      ) : (
        <ul class="rows card" aria-label="What it used">
          {agent.used.map((use) => (
            <li class="row">
              <span class="what">
                <span class="mono">
                  <Said text={use.name} />
                </span>{' '}
                <span class="muted">
                  at <Said text={hostOf(use.executor)} limit={60} />
                </span>
              </span>
              <span class="by">
                <UseFacts used={[use]} now={now} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <Unused actions={agent.unused} />
      <CredentialRows credentials={agent.credentials} now={now} />
      <p class="buttons-inline">
        <StopThis kind="agent" value={agent.id} />
        <RevokeButton path={`/agents/${encodeURIComponent(agent.id)}`} label={agent.id} takes={AGENT_TAKES} />
      </p>
    </div>
  </details>
)

const Unused = ({ actions }: { actions: ReviewedAgent['unused'] }) =>
  actions.length === 0 ? null : (
    <details>
      <summary>{count(actions.length, 'action')} it may ask for and did not</summary>
      <ul class="plain-list">
        {actions.map(({ name, executor }) => (
          <li>
            <code>{name}</code>{' '}
            <span class="muted">
              at <Said text={hostOf(executor)} limit={60} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  )

const ExecutorReview = ({ executor, now }: { executor: ReviewedExecutor; now: number }) => (
  <details class="card fold">
    <summary>
      <Said text={executor.title} limit={100} />
      <span class="muted">
        {executor.catalogue.length - executor.unused.length} of {count(executor.catalogue.length, 'action')} used
      </span>
      {executor.unused.length > 0 ? <span class="pill warn">{executor.unused.length} unused</span> : null}
    </summary>
    <div class="body parts">
      <OfferedActions executor={executor} now={now} />
      <CredentialRows credentials={executor.credentials} now={now} />
      <p class="buttons-inline">
        <a class="button small" href={executorPath(executor.audience)}>
          Whether it listens
        </a>
        <StopThis kind="executor" value={executor.audience} />
        <RevokeButton path={executorPath(executor.audience)} label={executor.title} takes={EXECUTOR_TAKES} />
      </p>
    </div>
  </details>
)
