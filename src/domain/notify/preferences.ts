/**
 * One person's notification settings.
 *
 * Types only. The address counts once it is confirmed.
 */
import type { QuietHours } from './quiet-hours.ts'

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
