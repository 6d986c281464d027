/** The fields that choose what to stop, with suggestions; they also take a name that is not suggested. */
import type { JsonObject } from '@countersign/verifier'
import { ChoiceField } from '../parts/form-fields.tsx'
import { STOP_KINDS, type StopKind } from '../parts/stop-and-revoke.tsx'

/** A name, and its title. */
export type Suggestion = readonly [name: string, title: string]
type NamedKind = Exclude<StopKind, 'everything'>
export type Suggestions = Readonly<Record<NamedKind, readonly Suggestion[]>>

const KINDS: readonly (readonly [kind: NamedKind, title: string, hint: string, label: string])[] = [
  ['agent', 'An agent', 'anywhere in a chain of agents', 'Agent'],
  ['executor', 'An executor', 'all its actions', 'Executor'],
  ['action', 'An action', 'by name or by prefix', 'Action name, or a prefix such as forum.*'],
  ['principal', 'A principal', 'a person or service that agents act for', 'Principal'],
  ['request', 'One request', 'or one trace', 'Id of the request or the trace'],
]

export const StopFields = ({ choice, suggestions }: { choice: StopChoice; suggestions: Suggestions }) => (
  <fieldset class="card choices">
    <legend>What to stop</legend>
    <div class="way">
      <KindField kind="everything" title="Everything" hint="every agent and every executor" choice={choice} />
    </div>
    {KINDS.map(([kind, title, hint, label]) => (
      <div class="way">
        <KindField kind={kind} title={title} hint={hint} choice={choice} />
        <NameField kind={kind} label={label} value={choice.values[kind]} suggestions={suggestions[kind]} />
      </div>
    ))}
  </fieldset>
)

interface KindFieldProps {
  readonly kind: StopKind
  readonly title: string
  readonly hint: string
  readonly choice: StopChoice
}

const KindField = ({ kind, title, hint, choice }: KindFieldProps) => (
  <ChoiceField
    type="radio"
    name="what"
    value={kind}
    label={<b>{title}</b>}
    hint={hint}
    checked={choice.kind === kind}
  />
)

interface NameFieldProps {
  readonly kind: NamedKind
  readonly label: string
  readonly value: string
  readonly suggestions: readonly Suggestion[]
}

const NameField = ({ kind, label, value, suggestions }: NameFieldProps) => (
  <div class="which">
    <label for={`which-${kind}`}>{label}</label>
    <input
      id={`which-${kind}`}
      name={kind}
      list={`known-${kind}`}
      value={value}
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
      maxlength={256}
    />
    <datalist id={`known-${kind}`}>
      {suggestions.map(([name, title]) => (
        <option value={name}>{title}</option>
      ))}
    </datalist>
  </div>
)

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
