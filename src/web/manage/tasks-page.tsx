/**
 * The tasks for which agents may propose, and until when: for everybody who is signed in. Opening one requires a
 * passkey; ending one does not. SPEC 10.9.
 */
import type { SessionView } from '../../authority/agent-sessions/end-session.ts'
import { MAX_SESSION_MINUTES } from '../../domain/identity/agent-session.ts'
import type { NameOf } from '../../domain/identity/display-names.ts'
import type { Agent } from '../../domain/identity/parties.ts'
import { Page } from '../frame/page.tsx'
import type { PersonalFrame } from '../frame/page-access.tsx'
import { BackLink, Card, Row, Rows, StatusLine } from '../parts/card.tsx'
import { ChoiceField, TextField } from '../parts/form-fields.tsx'
import { RevokeButton } from '../parts/stop-and-revoke.tsx'
import { Moment, TimeLeft } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'

interface TasksProps {
  readonly frame: PersonalFrame
  readonly sessions: readonly SessionView[]
  /** The agents whose sessions this person may open and end. */
  readonly mine: readonly Agent[]
  readonly nameOf: NameOf
}

export const TasksPage = ({ frame, sessions, mine, nameOf }: TasksProps) => {
  const isAdmin = frame.person.roles.includes('admin')
  const ids = new Set(mine.map(({ id }) => id))
  return (
    <Page frame={frame} title="Tasks" place="agents" scripts={['tasks']}>
      <main id="content" class="column">
        <BackLink to="/">Inbox</BackLink>
        <div class="heading">
          <h1>Tasks of agents</h1>
        </div>
        <p>
          A task is a purpose and a time for which a person lets an agent propose: at most eight hours, signed with a
          passkey, and shown to every approver. Where the policy asks for one (<code>context.session</code>), the agent
          proposes nothing outside it, or reads only.
        </p>
        <Rows
          rows={sessions.map((session) => (
            <TaskRow session={session} now={frame.now} nameOf={nameOf} mayEnd={isAdmin || ids.has(session.agent)} />
          ))}
          empty="No agent has a task now."
        />
        {mine.length === 0 ? (
          <p class="muted">
            You may open a task for agents that you run or that act for you, and as a member of <code>on-call</code> for
            every agent. There is none now.
          </p>
        ) : (
          <OpenTask agents={mine.filter(({ id }) => !sessions.some(({ agent }) => agent === id))} />
        )}
      </main>
    </Page>
  )
}

interface TaskRowProps {
  readonly session: SessionView
  readonly now: number
  readonly nameOf: NameOf
  readonly mayEnd: boolean
}

const TaskRow = ({ session: { agent, purpose, openedBy, endsAt }, now, nameOf, mayEnd }: TaskRowProps) => (
  <Row
    what={<UntrustedText text={purpose ?? 'Purpose erased'} limit={200} />}
    by={
      <>
        <span class="mono">
          <UntrustedText text={agent} />
        </span>
        , opened by <UntrustedText text={nameOf(openedBy)} />, until <Moment at={endsAt} />
      </>
    }
    signs={
      <>
        <TimeLeft expiresAt={endsAt} now={now} />
        {mayEnd ? (
          <RevokeButton
            verb="End"
            path={`/agents/${encodeURIComponent(agent)}/session`}
            label={`the task of ${agent}`}
            consequence="Its open requests end, and tokens that it has not spent are revoked. A new task requires a passkey."
          />
        ) : null}
      </>
    }
  />
)

const LENGTHS = [
  [30, 'Half an hour'],
  [60, 'An hour'],
  [240, 'Four hours'],
  [MAX_SESSION_MINUTES, 'Eight hours'],
] as const

const OpenTask = ({ agents }: { agents: readonly Agent[] }) => (
  <Card id="open-task" title="Open a task" note="requires your passkey">
    {agents.length === 0 ? (
      <p class="body muted">Each of your agents has a task. End one to open another.</p>
    ) : (
      <form class="body form" data-task="" novalidate>
        <fieldset>
          <legend>Agent</legend>
          {agents.map(({ id }, index) => (
            <ChoiceField
              type="radio"
              name="agent"
              value={id}
              label={<span class="mono">{id}</span>}
              checked={index === 0}
            />
          ))}
        </fieldset>
        <TextField
          id="purpose"
          label="What it is to do"
          hint="Every approver of its requests sees this."
          maxlength={500}
          required
        />
        <fieldset>
          <legend>For</legend>
          {LENGTHS.map(([minutes, label]) => (
            <ChoiceField type="radio" name="minutes" value={String(minutes)} label={label} checked={minutes === 60} />
          ))}
        </fieldset>
        <p class="muted">It is never extended. When it ends, its open requests and unspent tokens end with it.</p>
        <button type="submit" class="primary">
          Open
        </button>
        <StatusLine />
      </form>
    )}
  </Card>
)
