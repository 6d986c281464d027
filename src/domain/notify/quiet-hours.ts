/**
 * One person's notification settings, and the hours in which they are not rung, in their own time zone. A clock change
 * within the quiet hours moves their end by as much.
 */
export interface QuietHours {
  /** Minutes after midnight, 0 to 1439. */
  readonly from: number
  /** The same; earlier than `from` means the next day. */
  readonly to: number
  readonly zone: string
}

/** Which channels a person wants, and when none may ring. */
export interface NotificationPreferences {
  readonly push: boolean
  readonly byMail: boolean
  readonly quiet: QuietHours | null
}

export interface NotificationSettings extends NotificationPreferences {
  readonly mail: string | null
  /** Epoch seconds; null while the address waits for its confirmation. */
  readonly mailConfirmedAt: number | null
}

const DAY_MINUTES = 1440

/** The instant from which this person may be rung: `now` outside of quiet hours. Epoch seconds. */
export function quietUntil(quiet: QuietHours | null, now: number): number {
  if (quiet === null) return now
  const minute = minuteOfDay(now, quiet.zone)
  const length = (quiet.to - quiet.from + DAY_MINUTES) % DAY_MINUTES
  const passed = (minute - quiet.from + DAY_MINUTES) % DAY_MINUTES
  if (passed >= length) return now
  return now - (now % 60) + (length - passed) * 60
}

function minuteOfDay(at: number, zone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const [hour = 0, minute = 0] = format
    .format(at * 1000)
    .split(':')
    .map(Number)
  return hour * 60 + minute
}

export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
