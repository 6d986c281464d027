/** The list of requests in the store: a page of those that match a filter, for a reader's scope. SPEC 8, 13. */
import type { RequestFilter, RequestPage, RequestPosition, RequestScope } from '../../domain/approval/request-filter.ts'

export interface RequestListStore {
  /**
   * Newest first, after a position. Each call examines a bounded number of requests, so a page of a filter that few
   * requests match can be short, even empty, and still have a next one. Documents as in an inbox.
   */
  listRequests(input: {
    readonly filter: RequestFilter
    readonly scope: RequestScope
    readonly after: RequestPosition | null
    readonly limit: number
    readonly now: number
  }): Promise<RequestPage>
  /** Those of the requests that are in a reader's scope. */
  requestsWithin(input: { readonly ids: readonly string[]; readonly scope: RequestScope }): Promise<ReadonlySet<string>>
}
