/**
 * The selector of a kill switch: the calls it stops.
 *
 * Shared by the authority that engages a switch and the auditor who checks that it was obeyed. SPEC 9.
 */
import { matching, object, type Reader, text } from '../data/shape.ts'

/** The conditions that a call must meet to be stopped: all that are named. `{}` selects everything. */
export interface Selector {
  /** At any position in the chain of agents. */
  readonly agent?: string
  readonly principal?: string
  readonly executor?: string
  /** An action name, or how names begin, followed by `*`. */
  readonly action?: string
  readonly request?: string
  /** 32 hex digits. */
  readonly trace?: string
}

/**
 * A call by its names; one that is missing is selected by no selector that names it. `agents`: `client_id`, and every
 * `sub` of the chain in `act`.
 */
export type Selectable = { readonly [M in Exclude<keyof Selector, 'agent'>]: string | undefined } & {
  readonly agents: readonly string[]
}

const name = text(256)
const readSelector: Reader<Selector> = object(
  {},
  {
    agent: name,
    principal: name,
    executor: name,
    action: matching(/^(?:[A-Za-z0-9._:/-]{1,128}|[A-Za-z0-9._:/-]{0,127}\*)$/),
    request: name,
    trace: matching(/^[0-9a-f]{32}$/),
  },
)

/** Reads a selector. Throws `invalid_request` for unknown members and what no call could be. */
export const parseSelector = (value: unknown): Selector => readSelector(value, 'selector')

/** Tells whether `selector` selects `call`. */
export function selects(selector: Selector, call: Selectable): boolean {
  const { agent, action, ...exact } = selector
  if (agent !== undefined && !call.agents.includes(agent)) return false
  if (action !== undefined && !isNamed(action, call.action)) return false
  return Object.entries(exact).every(([member, value]) => call[member as keyof typeof exact] === value)
}

const isNamed = (pattern: string, action: string | undefined): boolean =>
  pattern.endsWith('*') ? action?.startsWith(pattern.slice(0, -1)) === true : action === pattern
