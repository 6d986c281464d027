/** Outlines of large actions for lists: each action is read alone, and only its outline kept. */
import type { ActionSpec } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'

const MOST_MEMBERS = 50

/** The requests with their actions, large ones in outline; null where an action was erased. */
export async function withOutlines<R extends ApprovalRequest>(
  store: Pick<RequestStore, 'request'>,
  requests: readonly R[],
): Promise<readonly R[]> {
  const outlined: R[] = []
  for (const request of requests) {
    const action = request.action ?? (await store.request(request.id))?.action
    outlined.push(
      request.action || !action ? request : { ...request, action: outlineOf(action, request.catalogueEntry) },
    )
  }
  return outlined
}

/** The first arguments of an action, and those that its sentence names. */
function outlineOf(action: ActionSpec, { title = '', phrase = title }: CatalogueEntry): ActionSpec {
  const members = Object.entries(action.arguments).filter(
    ([name], at) => at < MOST_MEMBERS || phrase.includes(`{${name}`),
  )
  return { ...action, arguments: Object.fromEntries(members) }
}
