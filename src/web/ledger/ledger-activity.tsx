/**
 * Activity over time as a bar chart, whose bars link to the ledger of their time. It counts all entries of the span,
 * whatever the filter. Several bars share a link, so that a thumb can hit it.
 */
import type { Authority } from '../../authority/authority.ts'
import { Card } from '../parts/card.tsx'
import { type FilterValues, typedTime } from '../parts/filter-form.tsx'
import { countEntries, instant } from '../parts/wording.ts'
import { ledgerPath } from './ledger-filter.tsx'

/** Of the last day, one for each hour: what is read to draw them is the same for every length of the log. */
export const BARS = 24
const BARS_PER_LINK = 2
const WIDTH = 40
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
  const groups = Array.from({ length: Math.ceil(bars.length / BARS_PER_LINK) }, (_, group) => group * BARS_PER_LINK)
  return (
    <svg class="activity" viewBox={`0 0 ${bars.length * WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
      <title>Entries over time</title>
      {groups.map((first) => (
        <BarLink bars={bars.slice(first, first + BARS_PER_LINK)} {...{ first, seconds, values }} />
      ))}
      {Object.entries(shapesOf(bars)).map(([kind, shape]) => (
        <path class={kind} d={shape} />
      ))}
    </svg>
  )
}

interface BarLinkProps {
  readonly bars: readonly BarCounts[]
  readonly first: number
  readonly seconds: number
  readonly values: FilterValues
}

/** Nothing where nothing happened. */
const BarLink = ({ bars, first, seconds, values }: BarLinkProps) => {
  const [from, last] = [bars[0]?.at ?? 0, bars.at(-1)?.at ?? 0]
  const total = bars.reduce((all, bar) => all + bar.total, 0)
  if (total === 0) return null
  const narrowed = { ...values, from: typedTime(from), to: typedTime(last + seconds - 1) }
  const label = `${instant(from)} to ${instant(last + seconds)}: ${countEntries(total)}`
  return (
    <a href={ledgerPath(narrowed)} aria-label={label}>
      <rect class="hit" x={first * WIDTH} y="0" width={bars.length * WIDTH} height={HEIGHT} />
    </a>
  )
}

/** The bars of each kind as one path: they are drawn above the links, which get the clicks. */
function shapesOf(bars: readonly BarCounts[]): Readonly<Record<'none' | 'all' | 'refused', string>> {
  const highest = Math.max(1, ...bars.map(({ total }) => total))
  const tall = (count: number, least: number) => (count === 0 ? 0 : Math.max(least, (count / highest) * HEIGHT))
  const shapes = { none: '', all: '', refused: '' }
  for (const [place, { total, refused }] of bars.entries()) {
    const x = place * WIDTH + 2
    const top = HEIGHT - (total === 0 ? 1 : tall(total, 4))
    shapes[total === 0 ? 'none' : 'all'] += barAt(x, top, HEIGHT - top)
    if (refused > 0) shapes.refused += barAt(x, top, tall(refused, 3))
  }
  return shapes
}

const barAt = (x: number, top: number, height: number): string =>
  `M${x} ${Number(top.toFixed(1))}h${WIDTH - 4}v${Number(height.toFixed(1))}h${4 - WIDTH}z`
