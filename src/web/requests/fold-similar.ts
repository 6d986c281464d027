/** Groups similar requests (same agent, action and executor), each in the place of its first request. */
import { plainText, type Segment } from '../../domain/action/describe.ts'
import { alarmsIn } from '../../domain/action/hidden-characters.ts'
import { destroysForGood } from '../../domain/action/typed-target.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { describeRequest } from '../../domain/approval/request-words.ts'
import type { Effect } from '../../domain/identity/parties.ts'

export interface Fold {
  readonly key: string
  readonly requests: readonly ApprovalRequest[]
}

export function foldSimilar(requests: readonly ApprovalRequest[]): readonly Fold[] {
  const folds = new Map<string, ApprovalRequest[]>()
  for (const request of requests) {
    const key = isApart(request) ? request.id : [request.agent, request.name, request.audience].join(' ')
    folds.set(key, [...(folds.get(key) ?? []), request])
  }
  return [...folds].map(([key, members]) => ({ key, requests: members }))
}

/** What is final, or whose sentence conceals something, has a row of its own. */
const isApart = (request: ApprovalRequest): boolean =>
  request.catalogueEntry.reversible === false ||
  destroysForGood(request.catalogueEntry) ||
  alarmsIn(plainText(describeRequest(request)).slice(0, MOST_LOOKED_AT)).length > 0

const MOST_LOOKED_AT = 500

/** An ellipsis replaces the parts that differ, so the sentence is true of every request. */
export function sharedSentence(requests: readonly ApprovalRequest[]): readonly Segment[] {
  const [first = [], ...others] = requests.map(describeRequest)
  if (others.some((sentence) => sentence.length !== first.length)) return [{ from: 'executor', text: '…' }]
  return first.map((segment, at) =>
    others.every((sentence) => sentence[at]?.text === segment.text && sentence[at]?.from === segment.from)
      ? segment
      : { from: 'executor', text: '…' },
  )
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
  return ({ action }) =>
    comparedIn(action)
      .filter(([name]) => differs(name))
      .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', ')
}

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
