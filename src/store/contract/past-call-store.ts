/** Calls of the past in the store, to try another policy on. SPEC 11.4. */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { RequestPosition } from '../../domain/approval/request-filter.ts'
import type { CallTexts } from '../../domain/policy/drafts/draft-job.ts'

/** A request as it was proposed and decided on. */
export type PastCall = Pick<
  ApprovalRequest,
  | 'id'
  | 'createdAt'
  | 'agent'
  | 'actors'
  | 'audience'
  | 'principal'
  | 'name'
  | 'origin'
  | 'stateDigest'
  | 'catalogueEntry'
  | 'terms'
> & {
  /** Null once erased, and where the request or one of its texts was changed or deleted in the database. */
  readonly texts: CallTexts | null
}

interface Span {
  /** Epoch seconds. */
  readonly from: number
  /** The executor whose requests are left out. */
  readonly except: string
}

export interface PastCallStore {
  /** Newest first, after a position: some of the next, and none only where no more follow. */
  pastCalls(span: Span & { readonly after: RequestPosition | null }): Promise<readonly PastCall[]>
  countPastCalls(span: Span): Promise<number>
}
