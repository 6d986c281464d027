/**
 * Warns of unknown names in a policy set: a rule for a group that does not exist asks nobody, or matches nothing. Each
 * warning has its place and a similar name. SPEC 11.4.
 */
import { similarName } from '../../identity/similar-name.ts'
import { shortened } from '../../refusal.ts'
import { concerns, type Fact } from '../history/fact.ts'
import type { SchemaAction } from './cedar-schema.ts'
import type { CompiledPolicy, CompiledSet } from './compile.ts'
import { type NameKind, type NameUse, namesIn } from './named-in.ts'
import { type Problem, placeAt } from './split-policies.ts'

/** What is registered, as far as policies name it. */
export interface KnownNames {
  /** Of all catalogues. */
  readonly actions: readonly SchemaAction[]
  readonly names: Readonly<Record<Exclude<NameKind, 'action' | 'effect'>, readonly string[]>>
}

/** `missing`: who lacks the name, as the end of a sentence. */
const KINDS: Readonly<Record<NameKind, { readonly missing: string; readonly article: string }>> = {
  action: { article: 'the action', missing: 'which no catalogue has' },
  agent: { article: 'the agent', missing: 'which is not registered' },
  executor: { article: 'the executor', missing: 'which is not registered' },
  'group of people': { article: 'the group', missing: 'which does not exist' },
  'group of agents': { article: 'the group of agents', missing: 'which no agent is in' },
  principal: { article: 'the principal', missing: 'for whom no agent acts' },
  person: { article: 'the person', missing: 'who is not registered' },
  effect: { article: 'the effect', missing: 'which is none' },
  tag: { article: 'the tag', missing: 'which no agent has' },
}

const EFFECTS = ['read', 'write', 'destructive']

/** The first `most`, in the order of the text. */
export function unknownNames(
  text: string,
  { policies, facts }: CompiledSet,
  known: KnownNames,
  most: number,
): readonly Problem[] {
  const actions = known.actions.map(({ name }) => name)
  const all: Readonly<Record<NameKind, readonly string[]>> = { ...known.names, action: actions, effect: EFFECTS }
  const sets = new Map(Object.entries(all).map(([kind, names]) => [kind, new Set(names)]))
  const found: Problem[] = []
  for (const policy of policies)
    for (const use of distinct(namesIn(policy))) {
      if (sets.get(use.kind)?.has(use.name)) continue
      found.push(problemOf(text, policy, use, all[use.kind]))
      if (found.length >= most) return found
    }
  return [...found, ...facts.flatMap((fact) => unmatched(text, fact, actions))].slice(0, most)
}

const distinct = (uses: readonly NameUse[]): Iterable<NameUse> =>
  new Map(uses.map((use) => [`${use.kind} ${use.name}`, use])).values()

function problemOf(text: string, policy: CompiledPolicy, { kind, name }: NameUse, names: readonly string[]): Problem {
  const { article, missing } = KINDS[kind]
  const like = similarName(
    name,
    names.map((candidate) => ({ name: candidate })),
  )
  return {
    ...placeAt(text, policy.start + offsetOf(policy.text, name)),
    message: `Policy “${policy.id}” names ${article} “${shortened(name)}”, ${missing}.`,
    suggestion: like?.name ?? null,
  }
}

const LITERAL = /"(?:[^"\\]|\\.)*"/gs

/** Of the first text that is the name, or lists it; 0 where it is written another way. */
function offsetOf(text: string, name: string): number {
  for (const { 0: literal, index } of text.matchAll(LITERAL))
    if (
      literal === JSON.stringify(name) ||
      literal
        .slice(1, -1)
        .split(/[\s,]+/)
        .includes(name)
    )
      return index
  return 0
}

/** A fact of no action counts nothing. */
function unmatched(text: string, fact: Fact, actions: readonly string[]): readonly Problem[] {
  if (actions.some((name) => concerns(fact, name))) return []
  const like = similarName(
    fact.pattern,
    actions.map((name) => ({ name })),
  )
  const message = `The fact ${fact.name} counts “${fact.pattern}”, which no catalogue has.`
  return [{ ...placeAt(text, Math.max(0, text.indexOf(`"${fact.pattern}"`))), message, suggestion: like?.name ?? null }]
}
