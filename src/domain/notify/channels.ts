/**
 * The channels over which the authority notifies: their names, and the targets of a person on each. A new channel
 * begins with a row here; sending is in `authority/notify/`. Webhooks get events instead of a person's notifications.
 * SPEC 3.
 */
/** A person as the channels see them: a wish is true only where its address can be used. */
export interface ReachablePerson {
  readonly id: string
  readonly push: boolean
  /** Wished for, with a confirmed address. */
  readonly byMail: boolean
  readonly devices: readonly { readonly id: string }[]
}

export const CHANNELS = [
  { name: 'push', targetsOf: ({ push, devices }: ReachablePerson) => (push ? devices.map(({ id }) => id) : []) },
  { name: 'mail', targetsOf: ({ id, byMail }: ReachablePerson) => (byMail ? [id] : []) },
  { name: 'webhook', targetsOf: () => [] },
] as const

export type Channel = (typeof CHANNELS)[number]['name']

export const CHANNEL_NAMES: readonly Channel[] = CHANNELS.map(({ name }) => name)

export interface Target {
  readonly channel: Channel
  readonly target: string
}

export const targetsOf = (person: ReachablePerson): readonly Target[] =>
  CHANNELS.flatMap(({ name, targetsOf }) => targetsOf(person).map((target) => ({ channel: name, target })))
