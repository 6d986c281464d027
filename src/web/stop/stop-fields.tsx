/**
 * The fields that choose what to stop: a kind, and a name, with suggestions.
 *
 * In: the choice so far, and known names. Out: fields of the form. They also take a name that is not suggested.
 */
import { ChoiceField } from '../parts/fields.tsx'
import type { StopKind } from '../parts/stop-link.tsx'
import type { StopChoice } from './stop-choice.ts'

/** A name, and its title. */
export type Suggestion = readonly [name: string, title: string]
type NamedKind = Exclude<StopKind, 'everything'>
export type Suggestions = Readonly<Record<NamedKind, readonly Suggestion[]>>

interface StopFieldsProps {
  readonly choice: StopChoice
  readonly suggestions: Suggestions
}

const KINDS: readonly (readonly [kind: NamedKind, title: string, hint: string, label: string])[] = [
  ['agent', 'An agent', 'anywhere in a chain of agents', 'Agent'],
  ['executor', 'An executor', 'all its actions', 'Executor'],
  ['action', 'An action', 'by name or by prefix', 'Action name, or a prefix such as forum.*'],
  ['principal', 'A principal', 'a person or service that agents act for', 'Principal'],
  ['request', 'One request', 'or one trace', 'Id of the request or the trace'],
]

export const StopFields = ({ choice, suggestions }: StopFieldsProps) => (
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
