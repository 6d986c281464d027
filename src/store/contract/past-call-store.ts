/** Calls of the past in the store, to try another policy on. SPEC 11.4. */
import type { Bounds } from '@countersign/verifier/authority'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { RequestPosition } from '../../domain/approval/request-filter.ts'

/** A request as it was proposed and decided on. `action`: null once erased, and where the request was changed in the database. */
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
  | 'action'
> & {
  readonly preview: NonNullable<ApprovalRequest['preview']>['content']
  /** Of a grant: `action` holds what all its calls share. */
  readonly bounds: Bounds | null
}

interface Span {
  /** Epoch seconds. */
  readonly from: number
  /** The executor whose requests are left out. */
  readonly except: string
}

export interface PastCallStore {
  /** Newest first, after a position. */
  pastCalls(
    span: Span & { readonly after: RequestPosition | null; readonly limit: number },
  ): Promise<readonly PastCall[]>
  countPastCalls(span: Span): Promise<number>
}
