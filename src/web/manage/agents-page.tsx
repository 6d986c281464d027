/** Agents and executors, for admins. Adding is an approved action; revoking takes effect immediately, without one. */

import { type NameOf, namesAmong } from '../../domain/identity/display-names.ts'
import { EXECUTOR_AGENT, OPERATOR_AGENT, PAGES_AGENT } from '../../domain/identity/own-agents.ts'
import type { Agent, Approver, Credential, Executor } from '../../domain/identity/parties.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { Row, Rows, Section } from '../parts/card.tsx'
import { ChangeDialog, ChangeProgress } from '../parts/change-dialog.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { AddAgent } from './agent-forms.tsx'
import { AddExecutor } from './executor-forms.tsx'
import { agentPath, Catalogue, Credentials, EndAgent, EndExecutor, executorPath } from './party-details.tsx'

type WithCredentials<Party> = Party & { readonly credentials: readonly Credential[] }

interface AgentsProps {
  readonly frame: Frame
  /** The authority's own audience, which cannot be revoked. */
  readonly own: string
  readonly agents: readonly WithCredentials<Agent>[]
  readonly people: readonly Approver[]
  readonly executors: readonly WithCredentials<Executor>[]
}

export const AgentsPage = ({ frame, own, agents, executors, people }: AgentsProps) => (
  <Page frame={frame} title="Agents" place="agents" scripts={['change']}>
    <main id="content" class="column">
      <div class="heading">
        <h1>Agents and executors</h1>
        <a href="/tasks">Their tasks</a>
        <a href="/review">Review their use</a>
      </div>
      <ChangeProgress />
      <Section id="agents" title="Agents" note="may only propose actions">
        <Rows
          rows={agents
            .filter(isActive)
            .map((agent) => (
              <AgentRow agent={agent} nameOf={namesAmong(people)} gone={goneAmong(people)} now={frame.now} />
            ))}
          empty="No agent yet. Add the first one below. It gets a credential to propose actions with."
        />
      </Section>
      <AddAgent people={people} executors={executors.filter(offers(own))} me={frame.person?.id} />
      <Section id="executors" title="Executors" note="carry out actions that have a token">
        <Rows
          rows={executors
            .filter(isActive)
            .map((executor) => <ExecutorRow executor={executor} isOwn={executor.audience === own} now={frame.now} />)}
          empty="No executor yet. Register the first one, with its catalogue of actions, below."
        />
      </Section>
      <AddExecutor />
    </main>
    <ChangeDialog />
  </Page>
)

/** Executors that an agent may ask: all but the authority itself. */
const offers =
  (own: string) =>
  ({ audience, revokedAt }: Executor): boolean =>
    audience !== own && revokedAt === null

const isActive = ({ revokedAt }: Agent | Executor) => revokedAt === null

/** The authority's own agents, which cannot be revoked. */
const OWN_AGENTS = [OPERATOR_AGENT, PAGES_AGENT, EXECUTOR_AGENT]
const OwnPill = () => <span class="pill">Part of this authority</span>

interface AgentRowProps {
  readonly agent: WithCredentials<Agent>
  readonly nameOf: NameOf
  /** Ids of people who have left. */
  readonly gone: ReadonlySet<string>
  readonly now: number
}

const goneAmong = (people: readonly Approver[]): ReadonlySet<string> =>
  new Set(people.filter(({ removedAt }) => removedAt !== null).map(({ id }) => id))

const AgentRow = ({ agent, nameOf, gone, now }: AgentRowProps) => (
  <Row
    mono
    what={
      OWN_AGENTS.includes(agent.id) ? (
        agent.id
      ) : (
        <a href={agentPath(agent.id)}>
          <UntrustedText text={agent.id} />
        </a>
      )
    }
    by={
      <>
        For <UntrustedText text={agent.principals.map(nameOf).join(', ')} limit={160} />
        {agent.runBy ? (
          <>
            ; run by <UntrustedText text={nameOf(agent.runBy)} />
            {gone.has(agent.runBy) ? <span class="pill no">has left</span> : null}
          </>
        ) : null}
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
