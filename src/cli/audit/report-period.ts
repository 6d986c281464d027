/** The period of a report: the given one, else the last whole calendar month in UTC. Instants are epoch seconds. */
import type { Period } from '../../audit/report/figures.ts'
import { usage } from '../exit.ts'

/** `from` alone goes on until now, `to` alone begins a month earlier. Throws a usage `Failure` for an empty period. */
export function reportPeriod({ from, to }: Partial<Period>, now: number): Period {
  const end = to ?? (from === undefined ? monthStart(now) : now)
  const period = { from: from ?? monthBefore(end), to: end }
  if (period.from >= period.to) throw usage('--to must come after --from.')
  return period
}

const seconds = (...date: Parameters<typeof Date.UTC>): number => Math.floor(Date.UTC(...date) / 1000)

function monthStart(at: number): number {
  const date = new Date(at * 1000)
  return seconds(date.getUTCFullYear(), date.getUTCMonth())
}

/** The same day and time of the month before, or the last day of a shorter month. */
function monthBefore(at: number): number {
  const date = new Date(at * 1000)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return seconds(year, month - 1, Math.min(day, lastDay)) + at - seconds(year, month, day)
}
