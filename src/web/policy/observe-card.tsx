/** The workbench's card for observing a draft: the draft that is observed now and earlier ones, or the form to begin. SPEC 11.8. */
import { type Observation, sumsOf } from '../../domain/policy/drafts/observation.ts'
import { Card, Row, Rows, StatusLine } from '../parts/card.tsx'
import { Moment } from '../parts/times.tsx'
import { count, formatNumber } from '../parts/wording.ts'

const HOURS = [1, 4, 24, 72, 168, 336] as const

export const ObserveCard = ({ observations }: { observations: readonly Observation[] }) => (
  <Card id="observe-title" title="Observe the draft" note="decides beside the policy in force, changes nothing">
    {observations.some(({ endedAt }) => endedAt === null) ? null : <BeginForm />}
    <Rows
      inCard
      rows={observations.map((observation) => <ObservationRow observation={observation} />)}
      empty="No draft was observed yet."
    />
  </Card>
)

const BeginForm = () => (
  <form class="body form" data-observe="">
    <label for="hours">For</label>
    <select id="hours" name="hours">
      {HOURS.map((hours) => (
        <option value={hours} selected={hours === 24}>
          {hours < 48 ? count(hours, 'hour') : count(hours / 24, 'day')}
        </option>
      ))}
    </select>
    <div class="buttons one">
      <button type="submit" class="primary">
        Observe
      </button>
    </div>
    <StatusLine />
  </form>
)

function ObservationRow({ observation }: { observation: Observation }) {
  const { id, startedAt, endsAt, endedAt, counts } = observation
  const { judged, different } = sumsOf(counts)
  return (
    <Row
      what={<a href={`/policy/observations/${id}`}>{count(judged, 'decision')}</a>}
      by={
        <>
          from <Moment at={startedAt} /> to <Moment at={endedAt ?? endsAt} />
        </>
      }
      signs={
        <>
          {endedAt === null ? <span class="pill">Active</span> : null}
          <span class={different > 0 ? 'pill warn' : 'pill ok'}>{formatNumber(different)} different</span>
        </>
      }
    />
  )
}
