/**
 * The parts of a filter that lives in the address: fields, choices, times in UTC, and chips that remove one condition
 * each. Plain forms and links, so every filtered view can be kept and shared.
 */
import type { Child, PropsWithChildren } from 'hono/jsx'
import { UntrustedText } from './untrusted-text.tsx'

/** As in the address, without the empty ones. */
export type FilterValues = Readonly<Partial<Record<string, string>>>

/** 9999-12-31T23:59:59Z: the last instant a form can write. */
export const LAST_INSTANT = 253_402_300_799

/** The values of the known names, trimmed. */
export function valuesIn(
  query: Readonly<Record<string, string>>,
  isKnown: (name: string) => boolean,
): Readonly<Record<string, string>> {
  const trimmed = Object.entries(query).map(([name, value]) => [name, value.trim()] as const)
  return Object.fromEntries(trimmed.filter(([name, value]) => isKnown(name) && value !== ''))
}

/** Epoch seconds as text, for a time that a form wrote; anything else as it is, so that its check can refuse it. */
export function wireTime(typed: string): string {
  const seconds = Math.floor(Date.parse(`${typed}Z`) / 1000)
  return Number.isNaN(seconds) ? typed : String(seconds)
}

/** An instant as the form and the address write it. */
export const typedTime = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19)

export function filterPath(path: string, values: FilterValues, after?: string): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, value)
  if (after !== undefined) query.set('after', after)
  return query.size > 0 ? `${path}?${query}` : path
}

export const FilterField = ({ name, label, children }: PropsWithChildren<{ name: string; label: string }>) => (
  <div>
    <label for={`f-${name}`}>{label}</label>
    {children}
  </div>
)

interface InputProps {
  readonly name: string
  readonly label: string
  readonly values: FilterValues
}

export const TextFilter = ({ name, label, values, longest = 256 }: InputProps & { longest?: number }) => (
  <FilterField name={name} label={label}>
    <input id={`f-${name}`} name={name} value={values[name] ?? ''} autocomplete="off" maxlength={longest} />
  </FilterField>
)

export const TimeFilter = ({ name, label, values }: InputProps) => (
  <FilterField name={name} label={label}>
    <input id={`f-${name}`} name={name} type="datetime-local" step="1" value={values[name] ?? ''} />
  </FilterField>
)

/** A value of the address and its name for people. */
export type Choice = readonly [value: string, name: string]

/** A value that is no longer among the choices stays chosen. */
export const ChoiceFilter = ({ name, label, values, choices }: InputProps & { choices: readonly Choice[] }) => {
  const chosen = values[name]
  const isForeign = chosen !== undefined && choices.every(([value]) => value !== chosen)
  return (
    <FilterField name={name} label={label}>
      <select id={`f-${name}`} name={name}>
        <option value="">any</option>
        {[...(isForeign ? [[chosen, chosen] as const] : []), ...choices].map(([value, title]) => (
          <option value={value} selected={value === chosen}>
            {title}
          </option>
        ))}
      </select>
    </FilterField>
  )
}

interface ChipsProps {
  readonly path: string
  readonly values: FilterValues
  readonly labelOf: (name: string) => Child
  readonly textOf?: (name: string, value: string) => string
}

/** The active conditions; each chip links to the view without it. */
export const FilterChips = ({ path, values, labelOf, textOf = (_, value) => value }: ChipsProps) => {
  const chosen = Object.entries(values)
  if (chosen.length === 0) return null
  return (
    <ul class="pills chosen" aria-label="Active filters">
      {chosen.map(([name, value = '']) => (
        <li>
          <a class="pill" href={filterPath(path, { ...values, [name]: undefined })}>
            {labelOf(name)}: <UntrustedText text={textOf(name, value)} limit={40} />
            <span aria-hidden="true">×</span>
            <span class="sr-only">, remove this filter</span>
          </a>
        </li>
      ))}
    </ul>
  )
}
