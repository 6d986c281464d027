/**
 * Validates policies that compile, by Cedar's own validator: unknown names, wrong types, conditions that can never
 * hold. A fault is certain: the policy would err, or never hold as intended. All else is a warning. SPEC 11.4.
 */
import type { ValidationError } from '@cedar-policy/cedar-wasm/web'
import { ANY_ACTION, inputOf, type SchemaAction, schemaFor } from './cedar-schema.ts'
import type { CompiledPolicy, CompiledSet } from './compile.ts'
import { ask, type CedarHost } from './engine.ts'
import { mentionIn } from './mentions.ts'
import { offsetOfByte, type Problem, placeAt } from './split-policies.ts'
import { type KnownNames, unknownNames } from './unknown-names.ts'

export interface Findings {
  readonly faults: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** The engine validates so many policies at once, so that no call of it is long. */
const AT_ONCE = 50
const MAX_FINDINGS = 20

/** `text`: of the set. */
export function validatePolicies(host: CedarHost, text: string, set: CompiledSet, known: KnownNames): Findings {
  const { policies, facts } = set
  const { actions } = known
  const faults: Problem[] = []
  const warnings: Problem[] = [...unknownNames(text, set, known, MAX_FINDINGS)]
  for (const portion of portionsOf(policies)) {
    const mention = mentionIn(portion)
    const { schema, guessed } = schemaFor(actionsOf(portion, actions), inputOf(mention), facts)
    const staticPolicies = Object.fromEntries(portion.map((policy) => [policy.id, policy.text]))
    const answer = ask(host, (engine) => engine.validate({ schema, policies: { staticPolicies } }))
    if (answer.type === 'failure') continue
    const found = answer.validationErrors.flatMap((error) => findingOf(text, portion, guessed, error))
    faults.push(...found.flatMap(({ isFault, problem }) => (isFault ? [problem] : [])))
    warnings.push(...found.flatMap(({ isFault, problem }) => (isFault ? [] : [problem])))
    warnings.push(...answer.validationWarnings.flatMap((warning) => impossible(text, portion, warning)))
  }
  return { faults: sorted(faults), warnings: sorted(warnings) }
}

const sorted = (problems: readonly Problem[]): readonly Problem[] =>
  [...problems].sort((one, other) => one.line - other.line || one.column - other.column).slice(0, MAX_FINDINGS)

/** Policies for every action apart from those that name some, which would be validated for each name of the others. */
function* portionsOf(policies: readonly CompiledPolicy[]): Generator<readonly CompiledPolicy[]> {
  for (const kind of [policies.filter(({ actions }) => actions), policies.filter(({ actions }) => !actions)])
    for (let at = 0; at < kind.length; at += AT_ONCE) yield kind.slice(at, at + AT_ONCE)
}

/** Those that the heads name. One that several catalogues have with other arguments has none that are known. */
function actionsOf(portion: readonly CompiledPolicy[], known: readonly SchemaAction[]): readonly SchemaAction[] {
  const names = new Set(portion.flatMap(({ actions }) => actions ?? [ANY_ACTION]))
  return [...names].map((name) => {
    const schemas = known.filter((action) => action.name === name).map(({ schema }) => schema)
    const [schema] = new Set(schemas.map((one) => JSON.stringify(one))).size === 1 ? schemas : []
    return { name, schema }
  })
}

/** Faults of Cedar's validator that hold whatever is sent. */
const FAULTS = /not found$|^unexpected type|not compatible$|^unrecognized entity type/

interface Finding {
  readonly isFault: boolean
  readonly problem: Problem
}

function findingOf(
  text: string,
  portion: readonly CompiledPolicy[],
  guessed: ReadonlySet<string>,
  { policyId, error }: ValidationError,
): readonly Finding[] {
  const policy = portion.find(({ id }) => id === policyId)
  const span = error.sourceLocations?.[0]
  if (!policy || !span) return []
  const [from, to] = [offsetOfByte(policy.text, span.start), offsetOfByte(policy.text, span.end)]
  const source = policy.text.slice(from, to)
  const message = error.message.replace(/^for policy `.*?`, /s, '')
  if (isAboutGuess(source, guessed) || STRICTNESS.test(message)) return []
  return [
    {
      isFault: FAULTS.test(message),
      problem: {
        ...placeAt(text, policy.start + from),
        message: inWords(message),
        suggestion: suggestionOf(source, message, error.help),
      },
    },
  ]
}

/** The type of what a caller sends may be unknown. */
const isAboutGuess = (source: string, guessed: ReadonlySet<string>): boolean =>
  source.includes('context') && source.includes('input') && [...guessed].some((name) => source.includes(name))

/** Rules of Cedar's strict mode that no decision depends on. */
const STRICTNESS = /extension constructors|empty set literals|unrecognized action/

function inWords(message: string): string {
  const words = message
    .replace(/__cedar::internal::(?:True|False)/g, 'Bool')
    .replace(/ for Action::".*?(?<!\\)"/s, '')
    .replace(
      /^unable to guarantee safety of access to optional (.*)$/s,
      '$1 may be absent, and the call is denied then',
    )
    .replace(/^unable to guarantee safety of access to (.*)$/s, '$1 may be absent, and the call is denied then')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

/** The expression as it may have been meant, or the presence to test for. */
function suggestionOf(source: string, message: string, help: string | null): string | null {
  const [, meant] = /did you mean `(.+?)`/s.exec(help ?? '') ?? []
  const [, missing] = /^attribute `(?:.*\.)?(.+?)`/s.exec(message) ?? []
  if (meant !== undefined)
    return missing !== undefined && source.endsWith(missing) ? source.slice(0, -missing.length) + meant : meant
  const [, presence] = /presence with `(context.*?) && \.\.`/s.exec(help ?? '') ?? []
  return presence ?? null
}

const impossible = (
  text: string,
  portion: readonly CompiledPolicy[],
  { policyId, error }: ValidationError,
): readonly Problem[] => {
  const policy = portion.find(({ id }) => id === policyId)
  if (!policy || !error.message.includes('policy is impossible')) return []
  const message = `Policy “${policy.id}” can never match.`
  return [{ ...placeAt(text, policy.start), message, suggestion: null }]
}
