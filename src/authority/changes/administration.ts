/**
 * The authority as its own first executor: every change to it is an action, consented to, redeemed and logged.
 *
 * In: calls from the doors. Out: the use cases of this folder. SPEC 10.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Initiator } from '../../domain/identity/initiator.ts'
import { isOwnAgent, ownAgent, PAGES_AGENT } from '../../domain/identity/own-agents.ts'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import { type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import type { ProposalInput } from '../requests/ask.ts'
import type { OpenedRequest } from '../requests/hold.ts'
import type { MintedToken } from '../tokens/issue.ts'
import { performChange } from './perform-change.ts'
import { revokeAgent, revokeCredential, revokeExecutor } from './remove-party.ts'

/** A change is proposed and its token collected like any other action. */
interface Way {
  readonly open: (caller: Caller, input: ProposalInput) => Promise<Result<OpenedRequest>>
  readonly view: (caller: Caller, id: string) => Promise<Result<ApprovalRequest>>
  readonly collect: (caller: Caller, id: string) => Promise<Result<MintedToken>>
}

export function createAdministration(deps: Deps, authority: Way) {
  const { config, store } = deps
  const pages = (admin: Approver): Caller => ({
    kind: 'agent',
    credentialId: '',
    agent: ownAgent(PAGES_AGENT, admin.id),
  })
  return {
    propose: (admin: Approver, action: unknown) =>
      authority.open(pages(admin), { audience: config.origin, action, principal: admin.id }),
    async collect(admin: Approver, id: string) {
      const seen = await authority.view(pages(admin), id)
      if (!seen.ok || seen.value.principal !== admin.id) return refuse('not_found', 'You have proposed no such change.')
      return authority.collect(pages(admin), id)
    },
    perform: (by: Initiator, action: unknown, token: string | null) => performChange(deps, by, { action, token }),
    agents: async () => (await store.listAgents()).filter((agent) => !isOwnAgent(agent.id)),
    executors: store.listExecutors,
    approvers: store.listApprovers,
    revokeAgent: (by: Initiator, id: string) => revokeAgent(deps, by, id),
    revokeExecutor: (by: Initiator, audience: string) => revokeExecutor(deps, by, audience),
    revokeCredential: (by: Initiator, id: string) => revokeCredential(deps, by, id),
  }
}
