/** The request that an agent's id leads to: where approvers changed the call, the one that took its place last. SPEC 5.2. */
import type { ApprovalRequest } from '../domain/approval/approval-request.ts'
import type { RequestStore } from '../store/contract/request-store.ts'
import type { Uses } from './deps.ts'

/** A few steps at most: a call is changed three times. */
export async function currentRequest(
  { store }: Uses<Pick<RequestStore, 'request'>>,
  id: string,
): Promise<ApprovalRequest | undefined> {
  const request = await store.request(id)
  return request && request.changedTo !== null ? currentRequest({ store }, request.changedTo) : request
}
