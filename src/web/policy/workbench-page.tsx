/**
 * The workbench of the policy, for admins: a draft is checked while it is typed, tried on one call, and replayed on past
 * requests; it is observed, and proposed for publication. SPEC 11.4.
 */
import type { Services } from '../../authority/compose.ts'
import type { Agent, Executor } from '../../domain/identity/parties.ts'
import type { Observation } from '../../domain/policy/drafts/observation.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { BackLink, Card, StatusLine } from '../parts/card.tsx'
import { ChangeDialog, ChangeProgress } from '../parts/change-dialog.tsx'
import { TextField } from '../parts/form-fields.tsx'
import { REPLAY_CHANGES } from '../parts/wording.ts'
import { EngineNotice } from './engine-notice.tsx'
import { ObserveCard } from './observe-card.tsx'
import { PublishCard } from './publish-card.tsx'

interface WorkbenchProps {
  readonly frame: Frame
  /** The policy that the draft begins with. */
  readonly text: string
  /** The version in force. */
  readonly version: number
  readonly observations: readonly Observation[]
  readonly engine: Services['config']['engine']
  readonly agents: readonly Pick<Agent, 'id'>[]
  readonly executors: readonly Pick<Executor, 'audience' | 'title' | 'catalogue'>[]
}

export const WorkbenchPage = ({ frame, text, version, observations, engine, agents, executors }: WorkbenchProps) => (
  <Page frame={frame} title="Workbench" place="agents" scripts={['workbench', 'change']}>
    <main id="content" class="column">
      <BackLink to="/agents">Agents and executors</BackLink>
      <div class="heading">
        <h1>Workbench</h1>
        <span class="muted">
          Nothing on this page is in force; see <a href="/policy">the policy in force</a>
        </span>
      </div>
      <ChangeProgress />
      <EngineNotice engine={engine} />
      <Editor text={text} />
      <Trial agents={agents} executors={executors} />
      <Replay />
      <ObserveCard observations={observations} />
      <PublishCard version={version} />
    </main>
    <ChangeDialog />
  </Page>
)

const Editor = ({ text }: { text: string }) => (
  <Card id="draft-title" title="Draft" note={<span id="verdict" class="muted" role="status"></span>}>
    <div class="body">
      <label for="draft" class="sr-only">
        The draft, in Cedar
      </label>
      <textarea
        id="draft"
        name="text"
        form="policy-form"
        class="mono"
        rows={18}
        maxlength={200_000}
        spellcheck={false}
        autocapitalize="none"
        autocomplete="off"
        aria-describedby="draft-hint"
      >
        {text}
      </textarea>
      <p id="draft-hint" class="hint">
        Checked as you type. <a href="/docs/policy">How to write a policy</a>, and{' '}
        <a href="/docs/specification#11-policy">all that it can read and ask for</a>.
      </p>
      <ol id="problems" class="plain-list room"></ol>
      <button type="button" class="quiet small" data-start-over="">
        Start over
      </button>
    </div>
  </Card>
)

const Trial = ({ agents, executors }: Pick<WorkbenchProps, 'agents' | 'executors'>) => (
  <Card id="try-title" title="Try a request" note="asks nobody">
    <form class="body form" data-try="">
      <label for="agent">Agent</label>
      <select id="agent" name="agent" required>
        {agents.map(({ id }) => (
          <option value={id}>{id}</option>
        ))}
      </select>
      <label for="audience">Executor</label>
      <select id="audience" name="audience" required>
        {executors.map(({ audience, title }) => (
          <option value={audience}>{`${title} (${audience})`}</option>
        ))}
      </select>
      <TextField id="name" label="Action" required machine maxlength={128} />
      <NamedActions executors={executors} />
      <TextField id="resource" label="Resource" required machine maxlength={1024} />
      <TextField id="actors" label="Proven agents behind it, nearest first" machine maxlength={460} />
      <label for="arguments">Arguments, as a JSON object</label>
      <textarea id="arguments" name="arguments" class="mono" rows={4} spellcheck={false} autocapitalize="none">
        {'{}'}
      </textarea>
      <p class="hint">For the draft, history counts as nothing: no earlier call was made.</p>
      <div class="buttons one">
        <button type="submit" class="primary">
          Try
        </button>
      </div>
      <StatusLine />
      <dl id="tried" class="facts">
        <dt>In force</dt>
        <dd>–</dd>
        <dt>Draft</dt>
        <dd>–</dd>
      </dl>
    </form>
  </Card>
)

const MOST_NAMED = 24

/** Of the chosen executor; one press fills in the name of an action. */
const NamedActions = ({ executors }: Pick<WorkbenchProps, 'executors'>) => (
  <p class="buttons-inline">
    {executors.flatMap(({ audience, catalogue }, at) =>
      catalogue.slice(0, MOST_NAMED).map(({ name }) => (
        <button type="button" class="quiet small" data-action={name} data-of={audience} hidden={at > 0}>
          {name}
        </button>
      )),
    )}
  </p>
)

const Replay = () => (
  <Card id="replay-title" title="Replay past requests" note="compared with the decisions recorded then">
    <form class="body form" data-replay-draft="">
      <label for="days">Days</label>
      <input id="days" name="days" type="number" min={1} max={365} value="30" required />
      <div class="buttons one">
        <button type="submit" class="primary">
          Replay
        </button>
      </div>
      <StatusLine />
      <progress id="replayed" value={0} max={1} aria-label="Requests replayed" hidden></progress>
      <dl id="sums" class="facts">
        {REPLAY_CHANGES.map(([, label]) => (
          <>
            <dt>{label}</dt>
            <dd>–</dd>
          </>
        ))}
      </dl>
      <ul id="differences" class="plain-list"></ul>
    </form>
  </Card>
)
