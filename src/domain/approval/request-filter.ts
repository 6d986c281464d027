/**
 * The filter, the reader's scope and the order of a list of requests: newest first, by the second of opening and then
 * by id. Instants are epoch seconds. SPEC 2, 8.
 */
import type { Effect } from '../identity/parties.ts'
import type { ApprovalRequest, RequestState } from './approval-request.ts'

/**
 * The fate of an approved request. `running`: redeemed, and not reported yet; `indeterminate`: not known
 * to the executor, or never reported;
 * `unused`: the token expired unspent. Of several uses, the last.
 */
export const RESULTS = ['succeeded', 'failed', 'aborted', 'indeterminate', 'running', 'revoked', 'unused'] as const
export type RequestResult = (typeof RESULTS)[number]

/** `irreversible`: writes or destroys, and no catalogue says that it can be undone. */
export const DANGERS = ['read', 'write', 'destructive', 'irreversible'] as const
export type Danger = Effect | 'irreversible'

export interface RequestFilter {
  readonly id?: string | undefined
  readonly state?: RequestState | undefined
  readonly agent?: string | undefined
  readonly principal?: string | undefined
  readonly executor?: string | undefined
  readonly name?: string | undefined
  /** A person who consented or denied. */
  readonly approver?: string | undefined
  /** The request that is to be undone. */
  readonly undoes?: string | undefined
  readonly outcome?: RequestResult | undefined
  readonly origin?: ApprovalRequest['origin'] | undefined
  readonly danger?: Danger | undefined
  /** When it was opened, both included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Prefixes of words as `wordsIn` gives them; the text that approvers saw has all of them. */
  readonly words?: readonly string[] | undefined
}

/** A filter of an inbox: what a person looks for among the requests that wait for them. */
export type InboxFilter = Pick<RequestFilter, 'agent' | 'executor' | 'name' | 'danger' | 'words'>

/** Waiting requests on one page of an inbox. */
export const INBOX_PAGE = 200

/** The requests that a reader may see: all, an agent's own, those to an executor, or those that concern a person. */
export type RequestScope = {
  readonly agent?: string
  readonly executor?: string
  /** Those of which people of these groups were asked; with `answerer` and `owner`, those of either too. */
  readonly groups?: readonly string[]
  /** A person who consented or denied. */
  readonly answerer?: string
  /** A person who runs the agent, or who proposed it. */
  readonly owner?: string
}

/** The place of a request in the list. */
export interface RequestPosition {
  readonly createdAt: number
  readonly id: string
}

/** `onBehalfOf`: the absent person whose deputy they were; null where they answered for themself. */
export interface Consenter {
  readonly approver: string
  readonly onBehalfOf: string | null
}

/** A request with its answers and its fate. */
export interface ListedRequest extends ApprovalRequest {
  readonly outcome: RequestResult | null
  /** The people whose consents count, in order; of a call under a grant, those who gave the grant. */
  readonly consentedBy: readonly Consenter[]
}

/** `next`: where the following page begins; a page may hold fewer than asked for and still have one. */
export interface RequestPage {
  readonly requests: readonly ListedRequest[]
  readonly next: RequestPosition | null
}

const POSITION = /^(\d{1,12})\.([A-Za-z0-9_-]{22})$/

export const formatPosition = ({ createdAt, id }: RequestPosition): string => `${createdAt}.${id}`

/** Undefined for a text that is none. */
export function parsePosition(text: string): RequestPosition | undefined {
  const [, createdAt, id] = POSITION.exec(text) ?? []
  return createdAt === undefined || id === undefined ? undefined : { createdAt: Number(createdAt), id }
}
