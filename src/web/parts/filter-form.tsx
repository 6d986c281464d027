/**
 * The parts of a filter that lives in the address: fields, choices, times in UTC, and chips that remove one condition
 * each. Plain forms and links, so every filtered view can be kept and shared.
 */
import type { Child, PropsWithChildren } from 'hono/jsx'
import { position } from '../../api/wire-fields.ts'
import { UntrustedText } from './untrusted-text.tsx'

/** As in the address, without the empty ones. */
export type FilterValues = Readonly<Partial<Record<string, string>>>

/** The values that a form shows, and the faults of those that cannot be read. */
export interface Typed {
  readonly values: FilterValues
  readonly faults?: FilterValues
}

/** 9999-12-31T23:59:59Z: the last instant a form can write. */
const LAST_INSTANT = 253_402_300_799

const instant = position.refine((at) => at <= LAST_INSTANT).optional()

const NO_TIME = { message: 'it is a time such as 2026-01-31T12:00, before the year 10000' }

/** A time of the filter, as a form wrote it in UTC or in epoch seconds. */
export const timeField = {
  safeParse(typed: unknown) {
    const seconds = typeof typed === 'string' ? Math.floor(Date.parse(`${typed}Z`) / 1000) : Number.NaN
    const parsed = instant.safeParse(Number.isNaN(seconds) ? typed : String(seconds))
    return parsed.success ? parsed : { success: false as const, error: { issues: [NO_TIME] } }
  },
}

/** An instant as the form and the address write it. */
export const typedTime = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19)

interface Times {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** The times of a query as the form and the address write them. */
export function typedTimes({ from, to }: Times): FilterValues {
  const times = Object.entries({ from, to }).flatMap(([name, at]) => (at === undefined ? [] : [[name, typedTime(at)]]))
  return Object.fromEntries(times)
}

export function filterPath(path: string, values: FilterValues, after?: string): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, value)
  if (after !== undefined) query.set('after', after)
  return query.size > 0 ? `${path}?${query}` : path
}

interface FoldProps {
  readonly title: string
  readonly path: string
  readonly submit: string
  readonly open: boolean
}

/** A form of filters that opens where it is asked for, or has to be corrected. */
export const FilterFold = ({ title, path, submit, open, children }: PropsWithChildren<FoldProps>) => (
  <details class="fold filter card" open={open}>
    <summary>{title}</summary>
    <form class="body form" method="get" action={path}>
      <div class="filter-fields">{children}</div>
      <button type="submit" class="primary">
        {submit}
      </button>
    </form>
  </details>
)

interface InputProps extends Typed {
  readonly name: string
  readonly label: string
}

const FilterField = ({ name, label, faults, children }: PropsWithChildren<InputProps>) => (
  <div>
    <label for={`f-${name}`}>{label}</label>
    {children}
    {faults?.[name] === undefined ? null : (
      <p id={`f-${name}-fault`} class="danger-text fault">
        This cannot be read: {faults[name]}.
      </p>
    )}
  </div>
)

const inputOf = ({ name, faults }: InputProps) => ({
  id: `f-${name}`,
  name,
  ...(faults?.[name] === undefined ? {} : { 'aria-invalid': 'true' as const, 'aria-describedby': `f-${name}-fault` }),
})

export const TextFilter = ({ longest = 256, ...props }: InputProps & { longest?: number }) => (
  <FilterField {...props}>
    <input {...inputOf(props)} value={props.values[props.name] ?? ''} autocomplete="off" maxlength={longest} />
  </FilterField>
)

export const TimeFilter = (props: InputProps) => (
  <FilterField {...props}>
    <input {...inputOf(props)} type="datetime-local" step="1" value={props.values[props.name] ?? ''} />
  </FilterField>
)

/** A value of the address and its name for people. */
export type Choice = readonly [value: string, name: string]

/** A value that is no longer among the choices stays chosen. */
export const ChoiceFilter = ({ choices, ...props }: InputProps & { choices: readonly Choice[] }) => {
  const chosen = props.values[props.name]
  const isForeign = chosen !== undefined && choices.every(([value]) => value !== chosen)
  return (
    <FilterField {...props}>
      <select {...inputOf(props)}>
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
