/** Links to the page that stops something, with the target already chosen. Opening one stops nothing. SPEC 9. */

/** What a person can choose to stop. */
export const STOP_KINDS = ['everything', 'agent', 'executor', 'action', 'principal', 'request'] as const
export type StopKind = (typeof STOP_KINDS)[number]

export const stopPath = (kind: StopKind, value: string): string => `/kill?${new URLSearchParams({ [kind]: value })}`

/** A button in a row of a list. */
export const StopLink = ({ kind, value }: { kind: StopKind; value: string }) => (
  <a class="button small refuse" href={stopPath(kind, value)}>
    Stop…<span class="sr-only"> {value}</span>
  </a>
)
