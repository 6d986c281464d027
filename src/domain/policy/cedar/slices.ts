/**
 * The slices of a set: a slice holds the policies whose head admits an action. The engine has it in parts of bounded
 * length, so that preparing one is short; slices share the parts that are for every action. SPEC 11.
 */
import type { Response } from '@cedar-policy/cedar-wasm/web'
import type { Steps } from '../../turns.ts'
import type { SliceCall } from './call.ts'
import type { CompiledPolicy } from './compile.ts'
import { ask, type CedarEngine, type CedarHost } from './engine.ts'
import { type Answers, createAnswers } from './kept-answers.ts'
import { type Mention, mentionIn } from './mentions.ts'

interface Part {
  /** Of a number within its set: in the engine, another set's part of that number takes its place. */
  readonly id: string
  readonly policies: readonly CompiledPolicy[]
  readonly characters: number
}

export interface Slice {
  readonly policies: ReadonlyMap<string, CompiledPolicy>
  readonly parts: readonly Part[]
  readonly mention: Mention
  readonly readsResource: boolean
  readonly answers: Answers
}

export interface Slices {
  /** Of the action with this name. */
  readonly of: (name: string) => Slice
  /** Actions that heads name, in the order of the set. */
  readonly names: readonly string[]
}

/** One slice for each action that a head names, and one for all others. */
export function createSlices(policies: readonly CompiledPolicy[]): Slices {
  const own = new Map<string, CompiledPolicy[]>()
  for (const policy of policies) {
    for (const name of new Set(policy.actions)) {
      const mine = own.get(name) ?? []
      mine.push(policy)
      own.set(name, mine)
    }
  }
  const shared = policies.filter(({ actions }) => actions === null)
  const inParts = createPartition()
  const sharedParts = inParts(shared)
  const slices = new Map<string | null, Slice>()
  return {
    names: [...own.keys()],
    of(name) {
      const key = own.has(name) ? name : null
      const known = slices.get(key)
      if (known) return known
      const mine = own.get(name) ?? []
      const slice = sliceOf([...shared, ...mine], partsOf(mine))
      slices.set(key, slice)
      return slice
    },
  }

  /** In one where that is short: each part is asked by itself. */
  function partsOf(mine: readonly CompiledPolicy[]): readonly Part[] {
    if (mine.length === 0) return sharedParts
    const all = [...shared, ...mine]
    return charactersOf(all) <= PART_CHARACTERS ? inParts(all) : [...sharedParts, ...inParts(mine)]
  }
}

const sliceOf = (policies: readonly CompiledPolicy[], parts: readonly Part[]): Slice => ({
  policies: new Map(policies.map((policy) => [policy.id, policy])),
  parts,
  mention: mentionIn(policies),
  readsResource: policies.some(({ readsResource }) => readsResource),
  answers: createAnswers(),
})

const PART_CHARACTERS = 4_000

const charactersOf = (policies: readonly CompiledPolicy[]): number =>
  policies.reduce((sum, { text }) => sum + text.length, 0)

/** Numbers the parts of a set. */
function createPartition(): (policies: readonly CompiledPolicy[]) => readonly Part[] {
  let count = 0
  const partOf = (policies: readonly CompiledPolicy[]): Part => ({
    id: `part ${count++}`,
    policies,
    characters: charactersOf(policies),
  })
  return (policies) => {
    const parts: CompiledPolicy[][] = []
    let characters = PART_CHARACTERS
    for (const policy of policies) {
      characters += policy.text.length
      if (characters > PART_CHARACTERS) {
        parts.push([])
        characters = policy.text.length
      }
      parts.at(-1)?.push(policy)
    }
    return parts.map(partOf)
  }
}

const prepared = new WeakMap<CedarEngine, Map<string, Part>>()

const isPrepared = (engine: CedarEngine, part: Part): boolean => prepared.get(engine)?.get(part.id) === part

function prepare(engine: CedarEngine, part: Part): void {
  if (isPrepared(engine, part)) return
  const parts = prepared.get(engine) ?? new Map<string, Part>()
  prepared.set(engine, parts)
  parts.delete(part.id)
  const staticPolicies = Object.fromEntries(part.policies.map(({ id, text }) => [id, text]))
  if (engine.preparsePolicySet(part.id, { staticPolicies }).type === 'success') parts.set(part.id, part)
}

/** Evaluating a policy takes a small part of the time of reading it. */
const EVALUATED = 1 / 20

const workOn = (host: CedarHost, part: Part): number =>
  ask(host, (engine) => part.characters * (isPrepared(engine, part) ? EVALUATED : 1))

const MAX_AHEAD = 250

/** Prepares the slices of the first actions that heads name, and that of all others. */
export function* preparing(host: CedarHost, { of, names }: Slices): Steps<void> {
  for (const name of ['', ...names.slice(0, MAX_AHEAD)]) {
    const { parts, policies } = of(name)
    yield charactersOf([...policies.values()]) * EVALUATED
    for (const part of parts) {
      yield workOn(host, part)
      ask(host, (engine) => prepare(engine, part))
    }
  }
}

/** Undefined where the engine could not evaluate the call. */
export function* asking(host: CedarHost, { parts }: Slice, call: SliceCall): Steps<Response | undefined> {
  const responses: Response[] = []
  for (const part of parts) {
    yield workOn(host, part)
    const answer = ask(host, (engine) => {
      prepare(engine, part)
      return engine.statefulIsAuthorized({ ...call, preparsedPolicySetId: part.id })
    })
    if (answer.type === 'failure') return undefined
    responses.push(answer.response)
  }
  return inOne(responses)
}

/** As Cedar answers for all policies at once: a forbid outweighs every permit. */
function inOne(responses: readonly Response[]): Response {
  const forbidden = responses.filter(
    ({ decision, diagnostics }) => decision === 'deny' && diagnostics.reason.length > 0,
  )
  const permitted = responses.filter(({ decision }) => decision === 'allow')
  const isAllowed = forbidden.length === 0 && permitted.length > 0
  return {
    decision: isAllowed ? 'allow' : 'deny',
    diagnostics: {
      reason: (isAllowed ? permitted : forbidden).flatMap(({ diagnostics }) => diagnostics.reason),
      errors: responses.flatMap(({ diagnostics }) => diagnostics.errors),
    },
  }
}
