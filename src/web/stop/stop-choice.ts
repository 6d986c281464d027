/**
 * The target a person chose to stop, as the page's address states it.
 *
 * In: query parameters of a link (`?agent=…`) or of the form (`?what=agent&agent=…`). Out: a choice, with its selector
 * once it names something. It does not check the selector: `parseSelector` does. SPEC 9.
 */
import type { JsonObject } from '@countersign/verifier'
import { STOP_KINDS, type StopKind } from '../parts/stop-link.tsx'

export interface StopChoice {
  readonly kind: StopKind | null
  /** The text in the field of each kind. */
  readonly values: Readonly<Record<StopKind, string>>
  /** Null while nothing is named. */
  readonly selector: JsonObject | null
}

type Query = Readonly<Record<string, string | undefined>>

export function choiceOf(query: Query): StopChoice {
  const named = (kind: StopKind) =>
    (kind === 'request' ? query['request'] || query['trace'] : query[kind])?.trim() ?? ''
  const values = {
    everything: '',
    agent: named('agent'),
    executor: named('executor'),
    action: named('action'),
    principal: named('principal'),
    request: named('request'),
  }
  const kind =
    STOP_KINDS.find((known) => known === query['what']) ?? STOP_KINDS.find((known) => values[known] !== '') ?? null
  return { kind, values, selector: kind === null ? null : selectorOf(kind, values[kind]) }
}

function selectorOf(kind: StopKind, value: string): JsonObject | null {
  if (kind === 'everything') return {}
  if (value === '') return null
  return kind === 'request' && /^[0-9a-f]{32}$/.test(value) ? { trace: value } : { [kind]: value }
}
