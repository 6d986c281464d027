/**
 * What somebody chose to stop, as the address of the page says it.
 *
 * In: query parameters, of a link (`?agent=…`) or of the form (`?what=agent&agent=…`). Out: a choice, and its selector
 * once it names something. Whether that is one is for `parseSelector` to say. SPEC 9.
 */
import type { JsonObject } from '@countersign/verifier'

export const KINDS = ['everything', 'agent', 'executor', 'action', 'principal', 'request'] as const
export type Kind = (typeof KINDS)[number]

export interface Choice {
  readonly kind: Kind | null
  /** What is typed beside each kind. */
  readonly values: Readonly<Record<Kind, string>>
  /** Null while nothing is named. */
  readonly selector: JsonObject | null
}

type Query = Readonly<Record<string, string | undefined>>

export function choiceOf(query: Query): Choice {
  const named = (kind: Kind) => (kind === 'request' ? query['request'] || query['trace'] : query[kind])?.trim() ?? ''
  const values = {
    everything: '',
    agent: named('agent'),
    executor: named('executor'),
    action: named('action'),
    principal: named('principal'),
    request: named('request'),
  }
  const kind = KINDS.find((known) => known === query['what']) ?? KINDS.find((known) => values[known] !== '') ?? null
  return { kind, values, selector: kind === null ? null : selectorOf(kind, values[kind]) }
}

function selectorOf(kind: Kind, value: string): JsonObject | null {
  if (kind === 'everything') return {}
  if (value === '') return null
  return kind === 'request' && /^[0-9a-f]{32}$/.test(value) ? { trace: value } : { [kind]: value }
}

/** The page with something chosen already: nothing is stopped by opening it. */
export const stopLink = (kind: Kind, value: string): string => `/kill?${new URLSearchParams({ [kind]: value })}`
