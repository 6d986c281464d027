/**
 * Grants with calls left: an agent sees its own, an approver those they gave, admins and operators all. What is sensitive
 * is masked for people. SPEC 4.6.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { maskRequest } from '../../domain/approval/request-words.ts'
import { type Initiator, isPerson } from '../../domain/identity/parties.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { Uses } from '../deps.ts'

export interface GrantList {
  readonly grants: readonly ApprovalRequest[]
  /** Whether this reader may see the values of arguments in their bounds. */
  readonly bounds: boolean
}

type Needs = Uses<Pick<RequestStore, 'liveGrants'>, 'now'>

export async function listGrants({ store, now }: Needs, by: Initiator): Promise<GrantList> {
  const agent = !isPerson(by) && by.kind === 'agent' ? by.agent.id : null
  const approver = isPerson(by) && !by.roles.includes('admin') ? by.id : null
  const grants = await store.liveGrants({ agent, approver, now: now() })
  if (agent !== null) return { grants, bounds: true }
  return { grants: grants.map((grant) => maskRequest(grant).request), bounds: isPerson(by) }
}

/** Those that stand in this person's name, for every page of theirs. */
export const grantsGivenBy = ({ store, now }: Needs, person: string): Promise<readonly ApprovalRequest[]> =>
  store.liveGrants({ agent: null, approver: person, now: now() })
