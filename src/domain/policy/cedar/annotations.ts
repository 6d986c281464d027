/**
 * The terms of consent that the annotations of a permit carry, and the strictest of several. Annotations that mean
 * nothing here are refused: a misspelled one would otherwise be no condition at all. SPEC 11.
 */
import type { Requirement, Terms } from '../policy.ts'
import { mergeRequirements, sumOf } from '../requirements.ts'

/** The terms of one permit; null where it says nothing. Without `requirements` it allows at once. */
export interface PermitTerms {
  readonly requirements: readonly Requirement[]
  readonly ordered: boolean
  readonly ttlSeconds: number | null
  readonly uses: number | null
  readonly actor: string | null
  readonly selfApproval: boolean | null
  readonly stateRequired: boolean
  readonly typedTarget: boolean
  readonly deviceBound: boolean
  /** 0 for `none`. */
  readonly grantUses: number | null
}

/** A fault of an annotation, by its name. */
export interface AnnotationProblem {
  readonly annotation: string
  readonly message: string
  readonly suggestion: string | null
}

type Annotations = Readonly<Record<string, string | null>>

/** Words for people, which change no decision. */
export const WORDS = ['id', 'reason', 'title', 'description'] as const
export const TERMS = [
  'approvers',
  'quorum',
  'order',
  'ttl',
  'uses',
  'actor',
  'state',
  'self',
  'typed_target',
  'device_bound',
  'grant',
] as const

const MAX_QUORUM = 8

export const GROUP = /^[a-z0-9][a-z0-9._-]{0,63}$/
export const CLIENT = /^(?!countersign-)[a-z0-9][a-z0-9._-]{0,63}$/

class Fault extends Error {
  readonly suggestion: string | null
  constructor(message: string, suggestion: string | null = null) {
    super(message)
    this.suggestion = suggestion
  }
}

type Reading =
  | { readonly ok: true; readonly terms: PermitTerms }
  | { readonly ok: false; readonly problem: AnnotationProblem }

/** Reads the terms of a permit. `annotations`: as `policyToJson` gives them. */
export function readTerms(annotations: Annotations): Reading {
  let at = ''
  const read = <T>(name: (typeof TERMS)[number], parse: (text: string) => T, none: T): T => {
    at = name
    const text = annotations[name]
    return text === undefined ? none : parse((text ?? '').trim())
  }
  try {
    const order = read('order', readGroups, null)
    const approvers = read('approvers', readRequirements, null)
    const quorum = read('quorum', (text) => readCount(text, MAX_QUORUM), null)
    const requirements = requirementsOf(approvers, order, quorum)
    const terms: PermitTerms = {
      requirements,
      ordered: order !== null,
      ttlSeconds: read('ttl', (text) => readCount(text, 600), null),
      uses: read('uses', (text) => readCount(text, 1000), null),
      actor: read('actor', readClient, null),
      selfApproval: read('self', readYesNo, null),
      stateRequired: read('state', (text) => readWord(text, 'required'), false),
      typedTarget: read('typed_target', (text) => readWord(text, 'required'), false),
      deviceBound: read('device_bound', (text) => readWord(text, 'required'), false),
      grantUses: read('grant', (text) => (text === 'none' ? 0 : readCount(text, 1000)), null),
    }
    return { ok: true, terms }
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    return { ok: false, problem: { annotation: at, message: fault.message, suggestion: fault.suggestion } }
  }
}

/** `finance`, `finance, legal` (members of either), `2 finance and legal` (two of the one, one of the other). */
function readRequirements(text: string): readonly Requirement[] {
  return text.split(/\s+and\s+/).map((part) => {
    const [, count, groups = ''] = /^(?:(\d+)\s+)?(.*)$/s.exec(part) ?? []
    return { groups: readGroups(groups), count: count === undefined ? 1 : readCount(count, MAX_QUORUM) }
  })
}

function readGroups(text: string): readonly string[] {
  const groups = text.split(/\s*,\s*|\s+or\s+/)
  const wrong = groups.find((group) => !GROUP.test(group))
  if (wrong !== undefined) throw new Fault(`“${wrong}” is no name of a group.`, '@approvers("finance, legal")')
  return [...new Set(groups)]
}

function requirementsOf(
  approvers: readonly Requirement[] | null,
  order: readonly string[] | null,
  quorum: number | null,
): readonly Requirement[] {
  if (!approvers && !order) {
    if (quorum !== null)
      throw new Fault('@quorum counts the members of @approvers, which is missing.', '@approvers("approver")')
    return []
  }
  const asked = order ? inOrder(approvers, order) : (approvers ?? [])
  const [only] = asked
  if (quorum !== null && asked.length === 1 && only) return within([{ ...only, count: Math.max(quorum, only.count) }])
  if (quorum !== null && quorum !== sumOf(asked))
    throw new Fault(
      `@quorum("${quorum}") is not the sum of what is asked, which is ${sumOf(asked)}.`,
      `@quorum("${sumOf(asked)}")`,
    )
  return within(asked)
}

/** One requirement a group, in this order, with the counts that `@approvers` gives. */
function inOrder(approvers: readonly Requirement[] | null, order: readonly string[]): readonly Requirement[] {
  const named = new Set((approvers ?? []).flatMap(({ groups }) => groups))
  const differs = approvers !== null && (named.size !== order.length || order.some((group) => !named.has(group)))
  if (differs) throw new Fault('@order names other groups than @approvers.', `@approvers("${order.join(' and ')}")`)
  const countOf = (group: string) =>
    approvers?.find(({ groups }) => groups.length === 1 && groups[0] === group)?.count ?? 1
  return order.map((group) => ({ groups: [group], count: countOf(group) }))
}

function within(requirements: readonly Requirement[]): readonly Requirement[] {
  if (sumOf(requirements) > MAX_QUORUM) throw new Fault(`At most ${MAX_QUORUM} people can be asked.`)
  return requirements
}

function readCount(text: string, most: number): number {
  const count = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0
  if (count < 1 || count > most) throw new Fault(`“${text}” is no whole number from 1 to ${most}.`)
  return count
}

function readClient(text: string): string {
  if (!CLIENT.test(text)) throw new Fault(`“${text}” is no client id of an agent.`)
  return text
}

function readYesNo(text: string): boolean {
  if (text !== 'yes' && text !== 'no') throw new Fault(`“${text}” is neither yes nor no.`, '@self("no")')
  return text === 'yes'
}

function readWord(text: string, word: string): boolean {
  if (text !== word) throw new Fault(`“${text}” says nothing here.`, `"${word}"`)
  return true
}

/** Terms where no permit says otherwise. */
export interface DefaultTerms {
  readonly ttlSeconds: number
  readonly selfApproval: boolean
}

/** The strictest of several permits' terms; null where two name different actors, so that no token could serve both. */
export function strictest(permits: readonly PermitTerms[], defaults: DefaultTerms): Terms | null {
  const actors = new Set(permits.flatMap(({ actor }) => actor ?? []))
  if (actors.size > 1) return null
  const grants = permits.flatMap(({ grantUses }) => grantUses ?? [])
  const approvers = mergeRequirements(permits.flatMap(({ requirements }) => requirements))
  return {
    approvers,
    ordered: permits.some(({ ordered }) => ordered),
    quorum: sumOf(approvers),
    ttlSeconds: Math.min(...permits.map(({ ttlSeconds }) => ttlSeconds ?? defaults.ttlSeconds)),
    uses: Math.min(...permits.map(({ uses }) => uses ?? 1)),
    actor: [...actors][0] ?? null,
    selfApproval: permits.every(({ selfApproval }) => selfApproval ?? defaults.selfApproval),
    stateRequired: permits.some(({ stateRequired }) => stateRequired),
    typedTarget: permits.some(({ typedTarget }) => typedTarget),
    ...(permits.some(({ deviceBound }) => deviceBound) && { deviceBound: true }),
    ...(grants.length > 0 && { grantUses: Math.min(...grants) }),
  }
}
