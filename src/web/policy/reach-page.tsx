/** The reach of one agent, for admins: the worst that it could do today, at each executor. SPEC 11.7. */
import type { SurveyedAgent, SurveyedExecutor } from '../../authority/drafts/survey-agent.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { BackLink, Card, Figure, Notice, Row, Rows } from '../parts/card.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'

type Action = SurveyedExecutor['actions'][number]

export const ReachPage = ({ frame, reach }: { frame: Frame; reach: SurveyedAgent }) => {
  const actions = reach.executors.flatMap((executor) => executor.actions)
  const alone = actions.filter(({ worst }) => worst === 'alone')
  return (
    <Page frame={frame} title={`Reach of ${reach.agent}`} place="agents">
      <main id="content" class="column">
        <BackLink to={`/agents/${reach.agent}`}>{reach.agent}</BackLink>
        <div class="heading">
          <h1>Reach</h1>
          <span class="muted">the worst that {reach.agent} could do today</span>
        </div>
        <p class="muted">
          By the policy in force, whatever the agent sends. It can make {count(reach.perMinute, 'proposal')} a minute at
          each process of this authority. A kill switch stops it at once.
        </p>
        {reach.isOwnerGone ? (
          <Notice tone="warn" icon="waiting">
            The person who runs it has left: it can ask for nothing.{' '}
            <a href={`/agents/${reach.agent}`}>Give it to somebody else</a>, or revoke it.
          </Notice>
        ) : null}
        <dl class="figures card">
          <Figure value={alone.length} noun="actions alone" />
          <Figure value={alone.filter(isForGood).length} noun="of these for good" />
          <Figure value={actions.filter(({ worst }) => worst === 'asked').length} noun="with consent" />
        </dl>
        {reach.executors.map((executor, at) => (
          <ExecutorReach executor={executor} at={at} />
        ))}
        {reach.executors.length === 0 ? <p class="card empty">No executor is registered.</p> : null}
      </main>
    </Page>
  )
}

/** What is not said to be reversible is not. */
const isForGood = ({ effect, reversible }: Action): boolean => effect !== 'read' && reversible !== true

const ExecutorReach = ({ executor, at }: { executor: SurveyedExecutor; at: number }) => (
  <Card
    id={`executor-${at}`}
    title={<UntrustedText text={executor.title} limit={60} />}
    note={<UntrustedText text={executor.audience} limit={60} />}
  >
    <Rows
      inCard
      rows={executor.actions
        .filter(({ worst }) => worst !== 'never')
        .sort(mildestFirst)
        .map((action) => (
          <Row
            mono
            what={<UntrustedText text={action.name} limit={80} />}
            by={wordsOf(action)}
            signs={
              <span class={action.worst === 'alone' && action.effect !== 'read' ? 'pill warn' : 'pill'}>
                {action.worst === 'alone' ? 'alone' : `${action.quorum} of ${action.groups.join(' or ')}`}
              </span>
            }
          />
        ))}
      empty="Nothing."
    />
  </Card>
)

const mildestFirst = (one: Action, other: Action): number => one.quorum - other.quorum

const EFFECTS: Readonly<Record<string, string>> = { read: 'Reads', write: 'Writes', destructive: 'Destroys' }

const UNDONE: Readonly<Record<string, string>> = {
  true: ', can be undone',
  false: ', cannot be undone',
  undefined: ', nothing says that it can be undone',
  null: ', nothing says that it can be undone',
}

function wordsOf({ effect, reversible, policies, isConditional }: Action): string {
  const undone = effect === 'read' ? '' : UNDONE[String(reversible)]
  const by = policies.length === 0 ? 'cannot be told' : `by ${policies.map((id) => `“${id}”`).join(', ')}`
  return `${EFFECTS[effect] ?? effect}${undone}; ${by}${isConditional ? ', for some calls' : ''}`
}
