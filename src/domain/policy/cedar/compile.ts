/**
 * Compiles the text of a policy set: each policy is bounded, parsed by itself, named, and read for the terms and the
 * attributes that it uses. A set that does not compile is never in force. SPEC 11.
 */
import type { PolicyJson } from '@cedar-policy/cedar-wasm/web'
import { similarName } from '../../identity/similar-name.ts'
import { atOnce, type Steps } from '../../turns.ts'
import { declaredFacts } from '../history/declared-facts.ts'
import type { Fact } from '../history/fact.ts'
import { type PermitTerms, readTerms, TERMS, WORDS } from './annotations.ts'
import { ask, type CedarEngine, type CedarHost } from './engine.ts'
import { type Mention, memberOf, mentionOf } from './mentions.ts'
import { readsResource } from './resource-reads.ts'
import { offsetOfByte, type PolicySource, type Problem, placeAt, splitPolicies } from './split-policies.ts'

export interface CompiledPolicy {
  /** Its `@id`, or `policy` and its number. */
  readonly id: string
  readonly text: string
  readonly effect: 'permit' | 'forbid'
  /** The actions that its head names; null for every action. */
  readonly actions: readonly string[] | null
  /** The author's words for people, from `@reason`. */
  readonly reason: string | null
  /** Of a permit. */
  readonly terms: PermitTerms | null
  /** Cedar's JSON of it. */
  readonly json: PolicyJson
  /** What it reads of the context. */
  readonly mention: Mention
  /** Whether it distinguishes resources. */
  readonly readsResource: boolean
  /** Where it begins in the set. */
  readonly start: number
}

export interface CompiledSet {
  readonly policies: readonly CompiledPolicy[]
  readonly facts: readonly Fact[]
}

export type Compiled =
  | ({ readonly ok: true } & CompiledSet)
  | { readonly ok: false; readonly problems: readonly Problem[] }

const MAX_PROBLEMS = 20

/** Splitting a text takes a small part of the time of parsing it. */
const SPLIT = 1 / 10

/** Never throws for what a text says: only where the engine is gone or breaks. */
export const compilePolicies = (host: CedarHost, text: string): Compiled => atOnce(compiling(host, text))

/** `compilePolicies`, in pieces: the splitting, then each policy. */
export function* compiling(host: CedarHost, text: string): Steps<Compiled> {
  yield text.length * SPLIT
  const split = splitPolicies(text)
  if (!split.ok) return { ok: false, problems: [split.problem] }
  const policies: CompiledPolicy[] = []
  const known = new Set<string>()
  const problems: Problem[] = []
  for (const source of split.policies) {
    yield source.text.length
    const compiled = ask(host, (engine) => compileOne(engine, source, `policy ${policies.length + 1}`, known))
    if (compiled.ok) {
      policies.push(compiled.policy)
      known.add(compiled.policy.id)
    } else problems.push(inText(text, source, compiled))
    if (problems.length >= MAX_PROBLEMS) break
  }
  const declared = declaredFacts(text)
  if (!declared.ok) problems.push(declared.problem)
  else problems.push(...policies.flatMap((policy) => undeclaredFact(text, policy, declared.facts)))
  if (problems.length > 0 || !declared.ok) return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) }
  return { ok: true, policies, facts: declared.facts }
}

/** A rule that reads a fact which nobody declares could only deny. */
function undeclaredFact(
  text: string,
  { id, mention, start }: CompiledPolicy,
  facts: readonly Fact[],
): readonly Problem[] {
  const read = [...(memberOf(mention, 'history')?.members.keys() ?? [])]
  const unknown = read.find((name) => !facts.some((fact) => fact.name === name))
  if (unknown === undefined) return []
  const like = similarName(unknown, facts)
  const message = `Policy “${id}” reads context.history.${unknown}, which no @fact line declares.`
  return [{ ...placeAt(text, start), message, suggestion: like && `context.history.${like.name}` }]
}

/** A fault, by its offset within the policy. */
interface Fault {
  readonly ok: false
  readonly message: string
  readonly suggestion: string | null
  readonly offset: number
}

const fault = (offset: number, message: string, suggestion: string | null = null): Fault => ({
  ok: false,
  message,
  suggestion,
  offset,
})

const inText = (text: string, { start }: PolicySource, { message, suggestion, offset }: Fault): Problem => ({
  ...placeAt(text, start + offset),
  message,
  suggestion,
})

type One = { readonly ok: true; readonly policy: CompiledPolicy } | Fault

function compileOne(engine: CedarEngine, source: PolicySource, name: string, known: ReadonlySet<string>): One {
  const { text, start } = source
  const parsed = engine.policyToJson(text)
  if (parsed.type === 'failure') return parseFault(text, parsed.errors[0])
  const { json } = parsed
  const { effect, annotations = {} } = json
  const unknown = unknownAnnotation(text, effect, annotations)
  if (unknown) return unknown
  const { id = name, reason = null } = annotations
  if (!ID.test(id)) return fault(annotationAt(text, 'id'), `“${id}” is no name of a policy.`, '@id("large-refunds")')
  if (known.has(id)) return fault(annotationAt(text, 'id'), `Another policy is named “${id}”. Names stand once.`)
  const actions = actionsOf(json)
  if (actions === undefined) return fault(0, 'The head names an action that is none.', 'action == Action::"forum.post"')
  const terms = readTerms(annotations)
  if (!terms.ok)
    return fault(annotationAt(text, terms.problem.annotation), terms.problem.message, terms.problem.suggestion)
  return {
    ok: true,
    policy: {
      id,
      text,
      effect,
      actions,
      reason,
      terms: effect === 'permit' ? terms.terms : null,
      json,
      mention: mentionOf(json),
      readsResource: readsResource(json),
      start,
    },
  }
}

const ID = /^[\w][\w .:/-]{0,99}$/

interface ParseError {
  readonly message: string
  readonly help: string | null
  readonly sourceLocations?: readonly { readonly start: number }[]
}

function parseFault(text: string, error: ParseError | undefined): Fault {
  const at = error?.sourceLocations?.[0]?.start ?? 0
  const message = (error?.message ?? 'This is no policy').replace(/^failed to parse policy.*? from string: /, '')
  return fault(offsetOfByte(text, at), `${message[0]?.toUpperCase()}${message.slice(1)}.`, error?.help ?? null)
}

/** A misspelled annotation would be no condition at all; terms on a forbid would say nothing. */
function unknownAnnotation(text: string, effect: string, annotations: object): Fault | undefined {
  const known: readonly string[] = effect === 'permit' ? [...WORDS, ...TERMS] : WORDS
  const name = Object.keys(annotations).find((candidate) => !known.includes(candidate))
  if (name === undefined) return undefined
  const isTerm = TERMS.some((term) => term === name)
  const message = isTerm ? `A forbid asks nobody, so @${name} says nothing here.` : `There is no annotation @${name}.`
  const like = isTerm
    ? null
    : similarName(
        name,
        known.map((candidate) => ({ name: candidate })),
      )
  return fault(annotationAt(text, name), message, like && `@${like.name}`)
}

const annotationAt = (text: string, name: string): number => Math.max(0, text.search(new RegExp(`@\\s*${name}\\b`)))

/** The actions that the head names; null for all, undefined where it names something else. */
function actionsOf({ action }: PolicyJson): readonly string[] | null | undefined {
  if (action.op === 'All') return null
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : undefined
  const ids = named?.map((entity) => {
    const { type, id } = '__entity' in entity ? entity.__entity : entity
    return type === 'Action' ? id : undefined
  })
  return ids?.every((id) => id !== undefined) ? ids : undefined
}
