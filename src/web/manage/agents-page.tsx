/** Agents and executors, for admins. Adding is an approved action; revoking takes effect immediately, without one. */
import { OPERATOR_AGENT, PAGES_AGENT } from '../../domain/identity/own-agents.ts'
import type { Agent, Credential, Executor } from '../../domain/identity/parties.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { Row, Rows, Section } from '../parts/card.tsx'
import { ChangeDialog, ChangeForm, ChangeProgress } from '../parts/change-dialog.tsx'
import { TextField } from '../parts/form-fields.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { Catalogue, Credentials, EndAgent, EndExecutor, executorPath } from './party-details.tsx'

type WithCredentials<Party> = Party & { readonly credentials: readonly Credential[] }

interface AgentsProps {
  readonly frame: Frame
  /** The authority's own audience, which cannot be revoked. */
  readonly own: string
  readonly agents: readonly WithCredentials<Agent>[]
  readonly executors: readonly WithCredentials<Executor>[]
}

export const AgentsPage = ({ frame, own, agents, executors }: AgentsProps) => (
  <Page frame={frame} title="Agents" place="agents" scripts={['change']}>
    <main id="content" class="column">
      <div class="heading">
        <h1>Agents and executors</h1>
        <a href="/review">Review their use</a>
      </div>
      <ChangeProgress />
      <Section id="agents" title="Agents" note="may only propose actions">
        <Rows
          rows={agents.filter(isActive).map((agent) => <AgentRow agent={agent} now={frame.now} />)}
          empty="No agent yet. Add the first one below. It gets a credential to propose actions with."
        />
      </Section>
      <AddAgent principal={frame.person?.id ?? ''} />
      <Section id="executors" title="Executors" note="carry out actions that have a token">
        <Rows
          rows={executors
            .filter(isActive)
            .map((executor) => <ExecutorRow executor={executor} isOwn={executor.audience === own} now={frame.now} />)}
          empty={
            <>
              No executor yet. Register one and its catalogue of actions with <code>countersign executor add</code>.
            </>
          }
        />
      </Section>
    </main>
    <ChangeDialog />
  </Page>
)

const isActive = ({ revokedAt }: Agent | Executor) => revokedAt === null

/** The authority's own agents, which cannot be revoked. */
const OWN_AGENTS = [OPERATOR_AGENT, PAGES_AGENT]
const OwnPill = () => <span class="pill">Part of this authority</span>

const AgentRow = ({ agent, now }: { agent: WithCredentials<Agent>; now: number }) => (
  <Row
    mono
    what={<UntrustedText text={agent.id} />}
    by={
      <>
        For <UntrustedText text={agent.principals.join(', ')} limit={160} />
        {agent.runBy ? <>; run by {agent.runBy}</> : null}
        <Credentials credentials={agent.credentials} now={now} />
      </>
    }
    signs={OWN_AGENTS.includes(agent.id) ? <OwnPill /> : <EndAgent id={agent.id} />}
  />
)

interface ExecutorRowProps {
  readonly executor: WithCredentials<Executor>
  readonly isOwn: boolean
  readonly now: number
}

const ExecutorRow = ({ executor, isOwn, now }: ExecutorRowProps) => {
  const title = <UntrustedText text={executor.title} limit={100} />
  return (
    <Row
      what={isOwn ? title : <a href={executorPath(executor.audience)}>{title}</a>}
      by={
        <>
          <span class="mono">
            <UntrustedText text={executor.audience} />
          </span>
          <Credentials credentials={executor.credentials} now={now} />
          <Catalogue executor={executor} />
        </>
      }
      signs={isOwn ? <OwnPill /> : <EndExecutor executor={executor} />}
    />
  )
}

const AddAgent = ({ principal }: { principal: string }) => (
  <ChangeForm change="agent" title="Add an agent" button="Add…">
    <TextField
      id="id"
      label="Name"
      machine
      maxlength={64}
      pattern="[a-z0-9][a-z0-9._\-]*"
      required
      hint="Lower-case letters, digits, dot, underscore, hyphen: helpdesk-agent"
    />
    <TextField
      id="principals"
      label="Principals it may act for"
      machine
      value={principal}
      hint="Ids of people (yours is filled in) or names of services, separated by commas"
    />
    <label for="days">Credential expires after</label>
    <select id="days" name="days">
      <option value="30">30 days</option>
      <option value="90" selected>
        90 days
      </option>
      <option value="365">a year</option>
    </select>
  </ChangeForm>
)
