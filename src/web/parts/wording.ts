/** Numbers, instants, ages and host names in words, on the server and in the browser scripts alike. */
/** Made when it is first used: it reads the locale's data. */
let numbers: Intl.NumberFormat | undefined

/** Made once, when it is first used: that costs more than a hundred uses. */
function dateFormat(options: Intl.DateTimeFormatOptions): (seconds: number) => string {
  let made: Intl.DateTimeFormat | undefined
  return (seconds) => {
    made ??= new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' })
    return made.format(seconds * 1000)
  }
}

const instantOf = dateFormat({ dateStyle: 'medium', timeStyle: 'short' })

export function formatNumber(amount: number): string {
  numbers ??= new Intl.NumberFormat('en')
  return numbers.format(amount)
}

/** `1 character`, `4,213 characters`. */
export const count = (amount: number, noun: string): string =>
  `${formatNumber(amount)} ${noun}${amount === 1 ? '' : 's'}`

/** `1 entry`, `4,213 entries`. */
export const countEntries = (amount: number): string => (amount === 1 ? '1 entry' : `${formatNumber(amount)} entries`)

/** `1 active kill switch`, `3 active kill switches`. */
export const countSwitches = (amount: number): string =>
  `${formatNumber(amount)} active kill ${amount === 1 ? 'switch' : 'switches'}`

/** `forum.example` for `https://forum.example`. Pages show the whole URI as well where it matters. */
export const hostOf = (audience: string): string => (URL.canParse(audience) ? new URL(audience).host : '') || audience

/** `4 May 2026, 14:02 UTC`. */
export const instant = (seconds: number): string => `${instantOf(seconds)} UTC`

/** `4 May 2026`. */
export const day = dateFormat({ dateStyle: 'medium' })

/** `2 minutes`, `90 seconds`, `12 hours`: in the largest unit that divides it. */
export function duration(seconds: number): string {
  if (seconds >= 3600 && seconds % 3600 === 0) return count(seconds / 3600, 'hour')
  if (seconds >= 60 && seconds % 60 === 0) return count(seconds / 60, 'minute')
  return count(seconds, 'second')
}

/** `42 seconds`, `3 minutes`, `2 hours`, `5 days`: rounded to the largest unit of which there are at least two. */
export function roughly(seconds: number): string {
  const [size, unit] = UNITS.find(([least]) => seconds >= 2 * least) ?? [1, 'second']
  return count(Math.round(seconds / size), unit)
}

const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
] as const

/** `14:02:11 UTC`. */
export const clockTime = (seconds: number): string => `${machineTime(seconds).slice(11, 19)} UTC`

export const machineTime = (seconds: number): string => new Date(seconds * 1000).toISOString()

/** `4:32`, from an hour on `1 h 12 min`; never negative. */
export function timeLeft(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds))
  if (left >= 3600) return `${Math.floor(left / 3600)} h ${Math.floor((left % 3600) / 60)} min`
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
}

/** A deadline presses from here on, and more so in the end. */
export const HURRY_SECONDS = 120
export const URGENT_SECONDS = 60

/** `just now`, `2 min ago`, `3 h ago`, `5 days ago`. */
export function age(seconds: number): string {
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${Math.floor(seconds)} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  const days = Math.floor(seconds / 86_400)
  return `${days} ${days === 1 ? 'day' : 'days'} ago`
}

/** `for Dana`; an agent that is its own principal acts `on its own behalf`. */
export const forWhom = (agent: string, principal: string, name = principal): string =>
  agent === principal ? 'on its own behalf' : `for ${name}`

/** How texts that are not shown were lost. */
export const goneBy = ({ altered }: { readonly altered: boolean }): string =>
  altered ? 'altered in the database' : 'erased'

/** The ways in which a draft decides otherwise than the policy in force. */
export const DRAFT_CHANGES = [
  ['same', 'Unchanged'],
  ['newly_allowed', 'Newly allowed'],
  ['newly_asked', 'Newly asked'],
  ['newly_denied', 'Newly denied'],
  ['terms', 'Other terms'],
  ['failed', 'Draft failed'],
  ['unknown', 'Cannot be judged'],
] as const

/** A replay is refused where the draft fails. */
export const REPLAY_CHANGES = DRAFT_CHANGES.filter(([name]) => name !== 'failed')
