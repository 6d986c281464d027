/** One observed draft, for admins: what it would have decided otherwise. From here it is stopped, edited or published. SPEC 11.8. */
import type { ObservationReport } from '../../authority/drafts/observations.ts'
import { type NameOf, namesAmong } from '../../domain/identity/display-names.ts'
import { OPERATOR_AGENT } from '../../domain/identity/own-agents.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { type Observation, type ObservedDifference, sumsOf } from '../../domain/policy/drafts/observation.ts'
import type { PolicyVersion } from '../../domain/policy/policy.ts'
import { type Frame, Page } from '../frame/page.tsx'
import { BackLink, Card, Figure, Notice, Row, Rows, StatusLine } from '../parts/card.tsx'
import { ChangeDialog, ChangeProgress } from '../parts/change-dialog.tsx'
import { Moment } from '../parts/times.tsx'
import { UntrustedText } from '../parts/untrusted-text.tsx'
import { count, DRAFT_CHANGES, formatNumber } from '../parts/wording.ts'
import { Proposer } from './proposer.tsx'
import { PublishCard } from './publish-card.tsx'

interface ObservationProps {
  readonly frame: Frame
  readonly report: ObservationReport
  readonly inForce: number
  readonly people: readonly Approver[]
}

export const ObservationPage = ({ frame, report, inForce, people }: ObservationProps) => {
  const { observation, differences, published } = report
  const nameOf = namesAmong(people)
  const { judged, different } = sumsOf(observation.counts)
  return (
    <Page frame={frame} title="Observed draft" place="agents" scripts={['observation', 'change']}>
      <main id="content" class="column">
        <BackLink to="/policy/workbench">Workbench</BackLink>
        <div class="heading">
          <h1>Observed draft</h1>
          <span class="muted">
            {published
              ? `published as version ${published.version}`
              : observation.endedAt === null
                ? 'in progress'
                : 'ended'}
          </span>
        </div>
        <ChangeProgress />
        <Span observation={observation} nameOf={nameOf} />
        {published ? <Published version={published} observation={observation} nameOf={nameOf} /> : null}
        <dl class="figures card">
          <Figure value={judged} noun="decisions" />
          <Figure value={different} noun="different" />
          <Figure value={observation.counts.missed} noun="skipped" />
        </dl>
        <Sums observation={observation} />
        <Differences differences={differences} />
        <Draft observation={observation} />
        {inForce === observation.base ? (
          <PublishCard version={inForce}>
            <textarea name="text" hidden>
              {observation.text}
            </textarea>
          </PublishCard>
        ) : published ? null : (
          <Notice tone="plain" icon="waiting">
            Another policy came into force since. Edit the draft from what is in force now.
          </Notice>
        )}
      </main>
      <ChangeDialog />
    </Page>
  )
}

interface PublishedProps {
  readonly version: PolicyVersion
  readonly observation: Observation
  readonly nameOf: NameOf
}

/** With what was observed until then. */
const Published = ({ version: { version, author, createdAt, request }, observation, nameOf }: PublishedProps) => {
  const { judged, different } = sumsOf(observation.counts)
  return (
    <Notice tone="plain" icon="info">
      <b>Published as version {version}</b> at <Moment at={createdAt} />, proposed by{' '}
      <Proposer id={author ?? OPERATOR_AGENT} nameOf={nameOf} />
      {request === null ? (
        ''
      ) : (
        <>
          {' '}
          (<a href={`/requests/${request}`}>its approval</a>)
        </>
      )}
      . Until then it was asked about {count(judged, 'decision')}, and would have taken {formatNumber(different)}{' '}
      otherwise.
    </Notice>
  )
}

const Span = ({ observation, nameOf }: { observation: Observation; nameOf: NameOf }) => {
  const { id, startedBy, startedAt, endsAt, endedAt, base } = observation
  return (
    <div class="buttons-inline">
      <p class="muted">
        Beside version {base}, from <Moment at={startedAt} /> to <Moment at={endedAt ?? endsAt} />, started by{' '}
        <Proposer id={startedBy} nameOf={nameOf} />.
      </p>
      {endedAt === null ? (
        <form data-stop-observing={id}>
          <button type="submit" class="small refuse">
            Stop
          </button>
          <StatusLine inline />
        </form>
      ) : null}
    </div>
  )
}

/** Its rows add up to the decisions; what was skipped comes on top. */
const Sums = ({ observation: { counts } }: { observation: Observation }) => (
  <Card id="sums-title" title="Decisions of the draft" note={`${formatNumber(sumsOf(counts).judged)} in all`}>
    <div class="body stack">
      <dl class="facts">
        {DRAFT_CHANGES.map(([name, label]) => (
          <>
            <dt>{label}</dt>
            <dd>{formatNumber(counts[name])}</dd>
          </>
        ))}
      </dl>
      {counts.unknown > 0 ? (
        <p class="hint">Cannot be judged: the draft reads a fact of history that the policy in force does not count.</p>
      ) : null}
      {counts.missed > 0 ? <p class="hint">Skipped, on top of these: too many calls came at once.</p> : null}
    </div>
  </Card>
)

const Differences = ({ differences }: { differences: readonly ObservedDifference[] }) => (
  <Card id="differences-title" title="Differences" note="equal ones as one">
    <Rows
      inCard
      rows={differences.map((difference) => <DifferenceRow difference={difference} />)}
      empty="The draft would have changed no decision."
    />
  </Card>
)

const EFFECTS = { allow: 'allowed', approval: 'asks people', deny: 'denied' } as const

const effectOf = ({ effect, quorum, groups }: ObservedDifference['was']): string =>
  quorum === 0 ? EFFECTS[effect] : `asks ${quorum} of ${groups.join(' or ')}`

const CHANGES = {
  newly_allowed: ['allowed', 'pill warn'],
  newly_asked: ['asked', 'pill'],
  newly_denied: ['denied', 'pill no'],
  terms: ['other terms', 'pill'],
  failed: ['failed', 'pill no'],
} as const

function DifferenceRow({ difference }: { difference: ObservedDifference }) {
  const { change, agent, name, was, would, reason, request } = difference
  const [label, look] = CHANGES[change]
  const action = <UntrustedText text={name} limit={80} />
  return (
    <Row
      mono
      what={request === null ? action : <a href={`/requests/${request}`}>{action}</a>}
      by={
        <>
          by <UntrustedText text={agent} limit={64} />: {effectOf(was)} before,{' '}
          {would === null ? 'no answer' : effectOf(would)} with the draft. <UntrustedText text={reason} limit={300} />
        </>
      }
      signs={
        <>
          <span class={look}>{label}</span> <span class="muted">{count(difference.count, 'time')}</span>
        </>
      }
    />
  )
}

const Draft = ({ observation: { id, text, digest } }: { observation: Observation }) => (
  <Card id="text-title" title="The draft" note={<a href={`/policy/workbench?draft=${id}`}>Edit it</a>}>
    <div class="body">
      <p class="hint mono">{digest}</p>
      <section class="text scroll mono" tabindex={0} aria-label="Text of the draft">
        <UntrustedText text={text} lines="kept" />
      </section>
    </div>
  </Card>
)
