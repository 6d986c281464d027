/**
 * Activity over time as a picture: a bar for each part of the span, whose links narrow the ledger to that part.
 *
 * In: counts by bucket and type. Out: an SVG of attributes alone (the policy allows no style), and its summary in words.
 * It counts every entry of the span, whatever else is looked for. Several bars share a link, so that a thumb finds it.
 */
import type { Authority } from '../../authority/authority.ts'
import { instant } from '../frame/wording.ts'
import { type FilterValues, ledgerPath, typedTime } from './ledger-filter.tsx'

export const BARS = 48
const BARS_PER_LINK = 4
const WIDTH = 20
const HEIGHT = 100
/** What ended in a no. */
const REFUSALS: ReadonlySet<string> = new Set(['consent.denied', 'token.refused', 'token.revoked', 'outcome.missing'])

export type Counted = Awaited<ReturnType<Authority['auditing']['activity']>>

interface Bar {
  readonly at: number
  readonly total: number
  readonly refused: number
}

function barsOf({ from, seconds, counts }: Counted, until: number): readonly Bar[] {
  const bars = Array.from({ length: Math.ceil((until - from) / seconds) }, (_, bucket) => {
    const here = counts.filter((counted) => counted.bucket === bucket)
    const refused = here.filter(({ type }) => REFUSALS.has(type))
    return { at: from + bucket * seconds, total: sum(here), refused: sum(refused) }
  })
  return bars
}

const sum = (counted: readonly { readonly count: number }[]) =>
  counted.reduce((total, { count: one }) => total + one, 0)

export const entriesIn = (total: number): string =>
  total === 1 ? '1 entry' : `${new Intl.NumberFormat('en').format(total)} entries`

interface ActivityProps {
  readonly counted: Counted
  readonly until: number
  readonly values: FilterValues
}

export const ActivityPicture = ({ counted, until, values }: ActivityProps) => {
  const bars = barsOf(counted, until)
  const total = bars.reduce((all, bar) => all + bar.total, 0)
  const refused = bars.reduce((all, bar) => all + bar.refused, 0)
  const spanned = values['from'] !== undefined || values['to'] !== undefined
  return (
    <section class="card" aria-labelledby="activity">
      <header>
        <h2 id="activity">{spanned ? 'Activity in this span' : 'Last 24 hours'}</h2>
        <span class="muted">
          {entriesIn(total)}, {refused} refused or denied
        </span>
      </header>
      <div class="body">
        <Picture bars={bars} seconds={counted.seconds} values={values} />
        <p class="axis muted">
          <span>{instant(counted.from)}</span>
          <span>{instant(until)}</span>
        </p>
      </div>
    </section>
  )
}

const Picture = ({ bars, seconds, values }: { bars: readonly Bar[]; seconds: number; values: FilterValues }) => {
  const highest = Math.max(1, ...bars.map(({ total }) => total))
  const groups = Array.from({ length: Math.ceil(bars.length / BARS_PER_LINK) }, (_, group) => group * BARS_PER_LINK)
  return (
    <svg class="activity" viewBox={`0 0 ${bars.length * WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
      <title>Entries over time</title>
      {groups.map((first) => (
        <Span bars={bars.slice(first, first + BARS_PER_LINK)} {...{ first, seconds, values, highest }} />
      ))}
    </svg>
  )
}

interface SpanProps {
  readonly bars: readonly Bar[]
  readonly first: number
  readonly seconds: number
  readonly values: FilterValues
  readonly highest: number
}

const Span = ({ bars, first, seconds, values, highest }: SpanProps) => {
  const [from, last] = [bars[0]?.at ?? 0, bars.at(-1)?.at ?? 0]
  const total = bars.reduce((all, bar) => all + bar.total, 0)
  const drawn = bars.map((bar, place) => <Drawn bar={bar} x={(first + place) * WIDTH} highest={highest} />)
  if (total === 0) return <g>{drawn}</g>
  const narrowed = { ...values, from: typedTime(from), to: typedTime(last + seconds - 1) }
  const label = `${instant(from)} to ${instant(last + seconds)}: ${entriesIn(total)}`
  return (
    <a href={ledgerPath(narrowed)} aria-label={label}>
      <rect class="hit" x={first * WIDTH} y="0" width={bars.length * WIDTH} height={HEIGHT} />
      {drawn}
    </a>
  )
}

const Drawn = ({ bar, x, highest }: { bar: Bar; x: number; highest: number }) => {
  const tall = bar.total === 0 ? 1 : Math.max(4, (bar.total / highest) * HEIGHT)
  const refused = bar.refused === 0 ? 0 : Math.max(3, (bar.refused / highest) * HEIGHT)
  return (
    <>
      <rect class={bar.total === 0 ? 'none' : 'all'} x={x + 2} y={HEIGHT - tall} width={WIDTH - 4} height={tall} />
      {refused > 0 ? <rect class="refused" x={x + 2} y={HEIGHT - tall} width={WIDTH - 4} height={refused} /> : null}
    </>
  )
}
