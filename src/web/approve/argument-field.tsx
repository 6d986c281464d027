/**
 * The field of an argument that may be changed: text, number and yes or no as people write them; a list or an object in
 * the notation of JSON. The value decides which, else the schema. `browser/change-call-script.ts` reads it. SPEC 5.2.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import { count } from '../parts/wording.ts'
import { readingOf } from './argument-values.tsx'

type Kind = 'text' | 'number' | 'choice' | 'json'

interface FieldProps {
  readonly path: string
  readonly entry: CatalogueEntry
  /** What the executor's schema says of it. */
  readonly schema: JsonObject
  readonly given: JsonObject
}

export const ArgumentField = ({ path, entry, schema, given }: FieldProps) => {
  const steps = stepsTo(given, path)
  const value = steps.reduce<JsonValue | undefined>(memberOf, given)
  const kind = kindOf(value, schema['type'])
  const id = `argument-${path}`
  const hint = hintOf(kind, value, schema)
  const shared = {
    id,
    'data-steps': JSON.stringify(steps),
    'data-kind': kind,
    'aria-describedby': hint === null ? undefined : `${id}-hint`,
  }
  return (
    <>
      <label class="argument" for={id}>
        {readingOf(entry, given).nameOf(path, path)}
      </label>
      <Input kind={kind} value={value} shared={shared} />
      {hint === null ? null : (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </>
  )
}

function kindOf(value: JsonValue | undefined, named: JsonValue | undefined): Kind {
  if (value !== undefined && value !== null) return KINDS[typeof value] ?? 'json'
  const type = Array.isArray(named) ? named.find((name) => name !== 'null') : named
  return KINDS[String(type)] ?? 'text'
}

const KINDS: Readonly<Record<string, Kind>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'choice',
  object: 'json',
  array: 'json',
}

function hintOf(kind: Kind, value: JsonValue | undefined, schema: JsonObject): string | null {
  const notation = kind === 'json' ? 'As JSON: ["a", "b"]' : null
  const empty = value === undefined ? NOT_GIVEN : value === null ? NO_VALUE : null
  return [limitsOf(schema), notation, empty].filter((words) => words !== null).join('. ') || null
}

/** `From 0 to 500`, as the executor's schema has it. */
function limitsOf({ minimum, maximum, maxLength }: JsonObject): string | null {
  if (typeof minimum === 'number' && typeof maximum === 'number') return `From ${minimum} to ${maximum}`
  if (typeof maximum === 'number') return `At most ${maximum}`
  if (typeof minimum === 'number') return `At least ${minimum}`
  return typeof maxLength === 'number' ? `At most ${count(maxLength, 'character')}` : null
}

const NOT_GIVEN = 'Not given by the agent. Leave it empty to leave it out'
const NO_VALUE = 'Given without a value. Leave it empty to keep it so'

interface InputProps {
  readonly kind: Kind
  readonly value: JsonValue | undefined
  readonly shared: Readonly<Record<string, string | undefined>>
}

const Input = ({ kind, value, shared }: InputProps) => {
  if (kind === 'choice') return <Choice value={value} shared={shared} />
  const text = typeof value === 'string' ? value : notationOf(value)
  if (kind === 'number') return <input inputmode="decimal" autocomplete="off" value={text} {...shared} />
  return (
    <textarea
      rows={Math.min(14, Math.max(text.split('\n').length, Math.ceil(text.length / 60)))}
      spellcheck={false}
      autocomplete="off"
      dir="auto"
      class={kind === 'json' ? 'mono' : undefined}
      {...shared}
    >
      {text.startsWith('\n') ? `\n${text}` : text}
    </textarea>
  )
}

/** Characters that nobody sees, or that turn others around, are escaped. */
const notationOf = (value: JsonValue | undefined): string =>
  value === undefined || value === null
    ? ''
    : JSON.stringify(value, null, 2).replace(/\p{Cf}/gu, (hidden) =>
        [...Array(hidden.length).keys()]
          .map((at) => `\\u${hidden.charCodeAt(at).toString(16).padStart(4, '0')}`)
          .join(''),
      )

const Choice = ({ value, shared }: Omit<InputProps, 'kind'>) => (
  <select {...shared}>
    {typeof value === 'boolean' ? null : <option value="" selected />}
    <option value="true" selected={value === true}>
      Yes
    </option>
    <option value="false" selected={value === false}>
      No
    </option>
  </select>
)

/** The members that a path leads through in this call; a member that has the whole path as its name wins. */
function stepsTo(value: JsonValue | undefined, path: string): readonly string[] {
  if (memberOf(value, path) !== undefined) return [path]
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = memberOf(value, path.slice(0, dot))
    if (typeof inner === 'object' && inner !== null) return [path.slice(0, dot), ...stepsTo(inner, path.slice(dot + 1))]
  }
  return [path]
}

const memberOf = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
