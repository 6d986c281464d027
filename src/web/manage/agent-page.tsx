/** One agent, for admins: what it may ask, for whom, and its credentials. SPEC 10. */
import type { Agent, Approver, Credential, Executor } from '../../domain/identity/parties.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { BackLink } from '../parts/card.tsx'
import { ChangeDialog, ChangeProgress } from '../parts/change-dialog.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { EditAgent } from './agent-forms.tsx'
import { CredentialRows, EndAgent } from './party-details.tsx'

interface AgentView {
  readonly frame: Frame
  readonly agent: Agent & { readonly credentials: readonly Credential[] }
  readonly people: readonly Approver[]
  readonly executors: readonly Executor[]
}

export const AgentPage = ({ frame, agent, people, executors }: AgentView) => (
  <Page frame={frame} title="Agent" place="agents" scripts={['change']}>
    <main id="content" class="column">
      <BackLink to="/agents">Agents and executors</BackLink>
      <h1>
        <UntrustedText text={agent.id} />
      </h1>
      <p>
        <a href={`/agents/${agent.id}/reach`}>The worst that it could do today</a>, <a href="/tasks">its task</a>
      </p>
      <ChangeProgress />
      <CredentialRows credentials={agent.credentials} now={frame.now} />
      <EditAgent agent={agent} people={people} executors={executors} />
      <p class="buttons-inline">
        <EndAgent id={agent.id} />
      </p>
    </main>
    <ChangeDialog />
  </Page>
)
