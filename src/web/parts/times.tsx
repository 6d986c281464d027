/** Instants as `<time>` elements: an age that the browser keeps current, and a date with a clock time. */
import { age, clockTime, day, HURRY_SECONDS, machineTime, timeLeft, URGENT_SECONDS } from './wording.ts'

export const Age = ({ since, now, class: className }: { since: number; now: number; class?: string }) => (
  <time class={className} datetime={machineTime(since)} data-since={since}>
    {age(now - since)}
  </time>
)

/** `4 May 2026, 14:02:11 UTC`. */
export const Moment = ({ at }: { at: number }) => (
  <time datetime={machineTime(at)}>
    {day(at)}, {clockTime(at)}
  </time>
)

/** `4 May 2026`. */
export const Day = ({ at }: { at: number }) => <time datetime={machineTime(at)}>{day(at)}</time>

/** Amber from the last two minutes, red from the last one; the browser's clock keeps it so. */
const hurryOf = (left: number): string =>
  left <= URGENT_SECONDS ? ' warn urgent' : left <= HURRY_SECONDS ? ' warn' : ''

interface TimeLeftProps {
  readonly expiresAt: number
  readonly now: number
  /** A timer of its own, rather than a part of a row's text. */
  readonly timer?: boolean
  /** Whether screen readers hear the last minute. */
  readonly announced?: boolean
}

export const TimeLeft = ({ expiresAt, now, timer, announced }: TimeLeftProps) => (
  <span class={`pill${hurryOf(expiresAt - now)}`}>
    <span
      class="clock"
      data-expires-text={expiresAt}
      data-announce={announced ? '' : undefined}
      {...(timer ? { role: 'timer', 'aria-label': 'Time left to answer' } : {})}
    >
      {timeLeft(expiresAt - now)}
    </span>{' '}
    left
  </span>
)
