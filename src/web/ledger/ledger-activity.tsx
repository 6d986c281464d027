/**
 * Activity over time as a bar chart, whose bars link to the ledger of their time. It counts all entries of the span,
 * whatever the filter. Several bars share a link, so that a thumb can hit it.
 */
import type { Authority } from '../../authority/authority.ts'
import { Card } from '../parts/card.tsx'
import { type FilterValues, typedTime } from '../parts/filter-form.tsx'
import { countEntries, instant } from '../parts/wording.ts'
import { ledgerPath } from './ledger-filter.tsx'

export const BARS = 48
const BARS_PER_LINK = 4
const WIDTH = 20
const HEIGHT = 100
/** The entry types that count as refused. */
const REFUSALS: ReadonlySet<string> = new Set(['consent.denied', 'token.refused', 'token.revoked', 'outcome.missing'])

export type ActivityCounts = Awaited<ReturnType<Authority['auditing']['activity']>>

interface BarCounts {
  readonly at: number
  readonly total: number
  readonly refused: number
}

function barsOf({ from, seconds, counts }: ActivityCounts, until: number): readonly BarCounts[] {
  return Array.from({ length: Math.ceil((until - from) / seconds) }, (_, bucket) => {
    const here = counts.filter((counted) => counted.bucket === bucket)
    const refused = here.filter(({ type }) => REFUSALS.has(type))
    return { at: from + bucket * seconds, total: sum(here), refused: sum(refused) }
  })
}

const sum = (counted: readonly { readonly count: number }[]) =>
  counted.reduce((total, { count: one }) => total + one, 0)

interface ActivityProps {
  readonly counted: ActivityCounts
  readonly until: number
  readonly values: FilterValues
}

export const ActivityCard = ({ counted, until, values }: ActivityProps) => {
  const bars = barsOf(counted, until)
  const total = bars.reduce((all, bar) => all + bar.total, 0)
  const refused = bars.reduce((all, bar) => all + bar.refused, 0)
  const spanned = values['from'] !== undefined || values['to'] !== undefined
  return (
    <Card
      id="activity"
      title={spanned ? 'Activity in this period' : 'Last 24 hours'}
      note={`${countEntries(total)}, ${refused} refused or denied`}
    >
      <div class="body">
        <Chart bars={bars} seconds={counted.seconds} values={values} />
        <p class="axis muted">
          <span>{instant(counted.from)}</span>
          <span>{instant(until)}</span>
        </p>
      </div>
    </Card>
  )
}

const Chart = ({ bars, seconds, values }: { bars: readonly BarCounts[]; seconds: number; values: FilterValues }) => {
  const highest = Math.max(1, ...bars.map(({ total }) => total))
  const groups = Array.from({ length: Math.ceil(bars.length / BARS_PER_LINK) }, (_, group) => group * BARS_PER_LINK)
  return (
    <svg class="activity" viewBox={`0 0 ${bars.length * WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
      <title>Entries over time</title>
      {groups.map((first) => (
        <BarGroup bars={bars.slice(first, first + BARS_PER_LINK)} {...{ first, seconds, values, highest }} />
      ))}
    </svg>
  )
}

interface BarGroupProps {
  readonly bars: readonly BarCounts[]
  readonly first: number
  readonly seconds: number
  readonly values: FilterValues
  readonly highest: number
}

const BarGroup = ({ bars, first, seconds, values, highest }: BarGroupProps) => {
  const [from, last] = [bars[0]?.at ?? 0, bars.at(-1)?.at ?? 0]
  const total = bars.reduce((all, bar) => all + bar.total, 0)
  const drawn = bars.map((bar, place) => <Bar bar={bar} x={(first + place) * WIDTH} highest={highest} />)
  if (total === 0) return <g>{drawn}</g>
  const narrowed = { ...values, from: typedTime(from), to: typedTime(last + seconds - 1) }
  const label = `${instant(from)} to ${instant(last + seconds)}: ${countEntries(total)}`
  return (
    <a href={ledgerPath(narrowed)} aria-label={label}>
      <rect class="hit" x={first * WIDTH} y="0" width={bars.length * WIDTH} height={HEIGHT} />
      {drawn}
    </a>
  )
}

const Bar = ({ bar, x, highest }: { bar: BarCounts; x: number; highest: number }) => {
  const tall = bar.total === 0 ? 1 : Math.max(4, (bar.total / highest) * HEIGHT)
  const refused = bar.refused === 0 ? 0 : Math.max(3, (bar.refused / highest) * HEIGHT)
  return (
    <>
      <rect class={bar.total === 0 ? 'none' : 'all'} x={x + 2} y={HEIGHT - tall} width={WIDTH - 4} height={tall} />
      {refused > 0 ? <rect class="refused" x={x + 2} y={HEIGHT - tall} width={WIDTH - 4} height={refused} /> : null}
    </>
  )
}
