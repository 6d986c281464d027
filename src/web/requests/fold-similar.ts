/** Groups similar requests (same agent, action and executor; a series never with single calls), each in the place of its first request. */
import type { JsonObject } from '@countersign/verifier'
import { plainText, type Segment } from '../../domain/action/describe.ts'
import { alarmsIn } from '../../domain/action/hidden-characters.ts'
import { destroysForGood } from '../../domain/action/typed-target.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { describeRequest } from '../../domain/approval/request-words.ts'
import type { Effect } from '../../domain/identity/parties.ts'
import { onceForEach } from '../../domain/once-for-each.ts'

export interface Fold {
  readonly key: string
  readonly requests: readonly ApprovalRequest[]
}

export function foldSimilar(requests: readonly ApprovalRequest[]): readonly Fold[] {
  const folds = new Map<string, ApprovalRequest[]>()
  for (const request of requests) {
    const key = keyOf(request)
    const members = folds.get(key)
    if (members) members.push(request)
    else folds.set(key, [request])
  }
  return [...folds].map(([key, members]) => ({ key, requests: members }))
}

/** What is final, or whose sentence conceals something, has a row of its own. */
const isApart = (request: ApprovalRequest): boolean =>
  request.catalogueEntry.reversible === false ||
  destroysForGood(request.catalogueEntry) ||
  alarmsIn(plainText(describeRequest(request)).slice(0, MOST_LOOKED_AT)).length > 0

const MOST_LOOKED_AT = 500

const keyOf = onceForEach((request: ApprovalRequest) => {
  const { id, agent, name, audience, series } = request
  return isApart(request) ? id : [agent, name, audience, series === null ? 'call' : 'series'].join(' ')
})

/**
 * An ellipsis replaces the parts that differ, so the sentence is true of every request. Where nothing is left of it, it
 * names the action, which they share.
 */
export function sharedSentence(requests: readonly ApprovalRequest[]): readonly Segment[] {
  const [first = [], ...others] = requests.map(describeRequest)
  const shared = others.every(({ length }) => length === first.length)
    ? first.map((segment, at) => (others.every((other) => isSame(other[at], segment)) ? segment : OMITTED))
    : sharedEnds(first, others)
  if (shared.some((segment) => segment !== OMITTED && /[\p{L}\p{N}]/u.test(segment.text))) return shared
  return requests.slice(0, 1).flatMap((request) => describeRequest({ ...request, action: null }))
}

/** What a call touches: the values in its sentence, or its resource where that has none. Empty once it was erased. */
export const touchedBy = onceForEach((request: ApprovalRequest) => {
  if (request.action === null) return ''
  const values = describeRequest(request).flatMap(({ from, text }) => (from === 'argument' ? [text] : []))
  return values.length > 0 ? values.join(', ') : request.action.resource
})

/** How many of the requests touch each target, without those whose texts were erased. */
export function countTouched(requests: readonly ApprovalRequest[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  for (const text of requests.map(touchedBy)) if (text !== '') numbers.set(text, (numbers.get(text) ?? 0) + 1)
  return numbers
}

const OMITTED: Segment = { from: 'executor', text: '…' }

const isSame = (one: Segment | undefined, other: Segment | undefined): boolean =>
  one?.text === other?.text && one?.from === other?.from

/** Sentences of different length share their beginning and their end. */
function sharedEnds(first: readonly Segment[], others: readonly (readonly Segment[])[]): readonly Segment[] {
  const shortest = Math.min(first.length, ...others.map(({ length }) => length))
  const most = (limit: number, at: (sentence: readonly Segment[], n: number) => Segment | undefined) => {
    let n = 0
    while (n < limit && others.every((other) => isSame(at(other, n), at(first, n)))) n++
    return n
  }
  const begin = most(shortest, (sentence, n) => sentence[n])
  const end = most(shortest - begin, (sentence, n) => sentence.at(-1 - n))
  return [...first.slice(0, begin), OMITTED, ...first.slice(first.length - end)]
}

/** A row has room for a few. */
const MOST_COMPARED = 50

const comparedIn = (action: ApprovalRequest['action']) =>
  Object.entries(action?.arguments ?? {}).slice(0, MOST_COMPARED)

/** Gives `text: Restart the router., to: dana`: the arguments in which a request differs from the others; may be empty. */
export function differencesAmong(all: readonly ApprovalRequest[]): (request: ApprovalRequest) => string {
  const seen = new Map<string, { readonly first: string; count: number; differs: boolean }>()
  for (const { action } of all) {
    for (const [name, value] of comparedIn(action)) {
      const text = JSON.stringify(value)
      const known = seen.get(name) ?? { first: text, count: 0, differs: false }
      seen.set(name, { first: known.first, count: known.count + 1, differs: known.differs || text !== known.first })
    }
  }
  const differs = (name: string) => seen.get(name)?.differs || seen.get(name)?.count !== all.length
  return ({ action }) => wordsOf(Object.fromEntries(comparedIn(action).filter(([name]) => differs(name))))
}

/** Gives `text: Restart the router., to: dana`. */
export const wordsOf = (values: JsonObject): string =>
  Object.entries(values)
    .slice(0, MOST_COMPARED)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')

const GRAVITY: readonly Effect[] = ['read', 'write', 'destructive']

/** The catalogue may have changed between two of the requests. */
export const gravestEffect = (requests: readonly ApprovalRequest[]): Effect =>
  requests
    .map(({ catalogueEntry }) => catalogueEntry.effect)
    .reduce((grave, effect) => (GRAVITY.indexOf(effect) > GRAVITY.indexOf(grave) ? effect : grave), 'read')

/** One that cannot be undone, else one of which nothing is known. */
export const leastReversible = (requests: readonly ApprovalRequest[]): { readonly reversible: boolean | undefined } => {
  const stated = requests.map(({ catalogueEntry }) => catalogueEntry.reversible)
  return { reversible: stated.includes(false) ? false : stated.includes(undefined) ? undefined : true }
}
