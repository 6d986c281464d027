/**
 * Agents and executors, for admins: what may ask, what carries out, and until when their credentials hold.
 *
 * In: both lists. Out: the page. Adding is an approved action (`change.tsx`); revoking takes effect at once, without one.
 */

import { OPERATOR_AGENT, PAGES_AGENT } from '../../domain/identity/own-agents.ts'
import type { Agent, Credential, Executor } from '../../domain/identity/parties.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { StopThis } from '../frame/stop-banner.tsx'
import { Said } from '../frame/untrusted-text.tsx'
import { AGENT_TAKES, ConfirmRevoke, EXECUTOR_TAKES, RevokeButton } from '../stop/revoke-button.tsx'
import { ChangeDialog, ChangeResult, PendingChange } from './change-dialog.tsx'
import { Catalogue, Credentials } from './credentials.tsx'
import { executorPath } from './executor-page.tsx'

type WithCredentials<Party> = Party & { readonly credentials: readonly Credential[] }

interface AgentsProps {
  readonly frame: Frame
  /** The authority's own audience, which cannot be revoked. */
  readonly own: string
  readonly agents: readonly WithCredentials<Agent>[]
  readonly executors: readonly WithCredentials<Executor>[]
}

export const AgentsPage = ({ frame, own, agents, executors }: AgentsProps) => (
  <Page frame={frame} title="Agents" place="agents" scripts={['administration']}>
    <main id="content" class="column">
      <div class="heading">
        <h1>Agents and executors</h1>
        <a href="/review">What they used, and what not</a>
      </div>
      <PendingChange />
      <ChangeResult />
      <p class="status" role="status" aria-live="polite" data-status=""></p>
      <AgentList agents={agents.filter((agent) => agent.revokedAt === null)} now={frame.now} />
      <AddAgent principal={frame.person?.id ?? ''} />
      <ExecutorList executors={executors.filter((executor) => executor.revokedAt === null)} own={own} now={frame.now} />
    </main>
    <ChangeDialog />
    <ConfirmRevoke />
  </Page>
)

/** What the authority itself asks and carries out with: it cannot be revoked. */
const OWN_AGENTS = [OPERATOR_AGENT, PAGES_AGENT]
const Own = () => <span class="pill">part of this authority</span>

const AgentList = ({ agents, now }: { agents: AgentsProps['agents']; now: number }) => (
  <section aria-labelledby="agents">
    <h2 id="agents" class="section">
      Agents <span class="muted">propose, and can do nothing else</span>
    </h2>
    {agents.length === 0 ? (
      <p class="card empty">No agent yet. Add the first one below: it gets a credential to propose actions with.</p>
    ) : (
      <ul class="rows card">
        {agents.map((agent) => (
          <li class="row">
            <span class="what mono">
              <Said text={agent.id} />
            </span>
            <span class="by">
              For <Said text={agent.principals.join(', ')} limit={160} />
              {agent.runBy ? <>; run by {agent.runBy}</> : null}
              <Credentials credentials={agent.credentials} now={now} />
            </span>
            <span class="signs">
              {OWN_AGENTS.includes(agent.id) ? (
                <Own />
              ) : (
                <>
                  <StopThis kind="agent" value={agent.id} />
                  <RevokeButton path={`/agents/${encodeURIComponent(agent.id)}`} label={agent.id} takes={AGENT_TAKES} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    )}
  </section>
)

interface ExecutorListProps extends Pick<AgentsProps, 'executors' | 'own'> {
  readonly now: number
}

const ExecutorList = ({ executors, own, now }: ExecutorListProps) => (
  <section aria-labelledby="executors">
    <h2 id="executors" class="section">
      Executors <span class="muted">carry out, and demand a token</span>
    </h2>
    {executors.length === 0 ? (
      <p class="card empty">
        No executor yet. Register one with <code>countersign executor add</code>, with the catalogue of its actions.
      </p>
    ) : (
      <ul class="rows card">
        {executors.map((executor) => (
          <li class="row">
            <span class="what">
              {executor.audience === own ? (
                <Said text={executor.title} limit={100} />
              ) : (
                <a href={executorPath(executor.audience)}>
                  <Said text={executor.title} limit={100} />
                </a>
              )}
            </span>
            <span class="by">
              <span class="mono">
                <Said text={executor.audience} />
              </span>
              <Credentials credentials={executor.credentials} now={now} />
              <Catalogue executor={executor} />
            </span>
            <span class="signs">
              {executor.audience === own ? (
                <Own />
              ) : (
                <>
                  <StopThis kind="executor" value={executor.audience} />
                  <RevokeButton
                    path={`/executors/${encodeURIComponent(executor.audience)}`}
                    label={executor.title}
                    takes={EXECUTOR_TAKES}
                  />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    )}
  </section>
)

const AddAgent = ({ principal }: { principal: string }) => (
  <section class="card" aria-labelledby="add">
    <header>
      <h2 id="add">Add an agent</h2>
      <span class="muted">you approve it with your passkey</span>
    </header>
    <form class="body form" data-change="agent" novalidate>
      <label for="id">Its name</label>
      <input
        id="id"
        name="id"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        maxlength={64}
        pattern="[a-z0-9][a-z0-9._\-]*"
        required
        aria-describedby="id-hint"
      />
      <p id="id-hint" class="hint">
        Lower-case letters, digits, dot, underscore, hyphen: helpdesk-agent
      </p>
      <label for="principals">For whom it may ask</label>
      <input
        id="principals"
        name="principals"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={principal}
        aria-describedby="principals-hint"
      />
      <p id="principals-hint" class="hint">
        Ids of people (yours is filled in) or names of services, separated by commas
      </p>
      <label for="days">Its credential holds for</label>
      <select id="days" name="days">
        <option value="30">30 days</option>
        <option value="90" selected>
          90 days
        </option>
        <option value="365">a year</option>
      </select>
      <button type="submit" class="primary">
        Add…
      </button>
      <p class="status" role="status" aria-live="polite" data-status=""></p>
    </form>
  </section>
)
