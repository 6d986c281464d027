/**
 * The facts that a policy set declares, each in a comment line of its own: `// @fact NAME = …`. A line that begins so
 * and says something else is refused. SPEC 11.6.
 */
import { type Problem, placeAt } from '../cedar/split-policies.ts'
import { FACT_STATES, type Fact, type FactState } from './fact.ts'

export type DeclaredFacts =
  | { readonly ok: true; readonly facts: readonly Fact[] }
  | { readonly ok: false; readonly problem: Problem }

const MAX_FACTS = 16
const LINE = /^[ \t]*\/\/[ \t]*@fact\b(?<said>[^\n]*)$/gmu
const FORM =
  /^ (?<name>[a-z][a-z0-9_]{0,31}) = (?<measure>count|sum|last)(?: (?<summed>payment [A-Z]{3}|input\.\S{1,128}))?(?: (?<state>[a-z]+))? of "(?<pattern>[A-Za-z0-9._:/-]{0,127}[A-Za-z0-9._:/*-])"(?: same (?<same>resource|recipient|input\.\S{1,128}))? within (?<count>[1-9]\d{0,3}) (?<unit>minute|hour|day)s? per (?<per>agent|principal)\s*$/u
const EXAMPLE = '// @fact spent_today = sum payment EUR allowed of "payment.*" within 1 day per agent'

const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 }
const MAX_WINDOW_SECONDS = 31 * 86_400

export function declaredFacts(text: string): DeclaredFacts {
  const facts: Fact[] = []
  for (const { groups, index } of text.matchAll(LINE)) {
    const fact = factOf(groups?.said ?? '')
    const known = typeof fact !== 'string' && facts.some(({ name }) => name === fact.name)
    if (typeof fact === 'string') return refuse(text, index, fact)
    if (known) return refuse(text, index, `Another fact is named ${fact.name}. Names stand once.`)
    if (facts.length >= MAX_FACTS) return refuse(text, index, `A policy declares at most ${MAX_FACTS} facts.`)
    facts.push(fact)
  }
  return { ok: true, facts }
}

const refuse = (text: string, index: number, message: string): DeclaredFacts => ({
  ok: false,
  problem: { ...placeAt(text, index), message, suggestion: EXAMPLE },
})

/** A string says what is wrong. */
function factOf(said: string): Fact | string {
  const {
    name = '',
    measure,
    summed = '',
    state,
    pattern = '',
    same = '',
    count,
    unit = '',
    per,
  } = FORM.exec(said)?.groups ?? {}
  if ((measure !== 'count' && measure !== 'sum' && measure !== 'last') || (per !== 'agent' && per !== 'principal'))
    return 'This declares no fact.'
  const stateSaid = stateOf(state, measure)
  if (stateSaid === undefined) return `There is no state ${state ?? 'here'}. There are ${FACT_STATES.join(', ')}.`
  if ((measure === 'sum') !== (summed !== ''))
    return 'A sum says what it adds, and nothing else does: payment EUR, or input.amount.'
  const windowSeconds = Number(count) * (UNIT_SECONDS[unit] ?? 0)
  if (windowSeconds > MAX_WINDOW_SECONDS) return 'A window has at most 31 days.'
  return { name, measure, summed, state: stateSaid, pattern, same, windowSeconds, per }
}

/** `last` needs a state that a call ends in. */
function stateOf(state: string | undefined, measure: Fact['measure']): FactState | undefined {
  const found = FACT_STATES.find((one) => one === (state ?? 'permitted'))
  return measure === 'last' && (found === 'permitted' || found === 'allowed') ? undefined : found
}
