/**
 * The current request for an agent's request id: where approvers changed the call, its latest replacement. SPEC 5.2.
 */
import type { ApprovalRequest } from '../domain/approval/approval-request.ts'
import { MAX_ROUNDS } from '../domain/approval/revision.ts'
import type { RequestStore } from '../store/contract/request-store.ts'
import type { Uses } from './deps.ts'

/** At most as many steps as a call is changed. */
export async function currentRequest(
  { store }: Uses<Pick<RequestStore, 'request'>>,
  id: string,
): Promise<ApprovalRequest | undefined> {
  let request = await store.request(id)
  for (let round = 0; round < MAX_ROUNDS && request && request.changedTo !== null; round++)
    request = await store.request(request.changedTo)
  return request
}
