/**
 * Proposing a change to the authority on its pages, as a signed-in admin, and collecting its token.
 *
 * In: the admin, and the action or the request's id. Out: the request or the token, as for any other action. SPEC 10.
 */
import { ownAgent, PAGES_AGENT } from '../../domain/identity/own-agents.ts'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import { type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { openRequest } from '../requests/ask.ts'
import { viewRequest } from '../requests/view.ts'
import { collectToken } from '../tokens/collect.ts'
import type { MintedToken } from '../tokens/issue.ts'

export const proposeChange = (deps: Deps, admin: Approver, action: unknown) =>
  openRequest(deps, pagesOf(admin), { audience: deps.config.origin, action, principal: admin.id })

/** Refuses: `not_found` for another admin's change, and as any collection. */
export async function collectChange(deps: Deps, admin: Approver, id: string): Promise<Result<MintedToken>> {
  const seen = await viewRequest(deps, pagesOf(admin), id)
  if (!seen.ok || seen.value.principal !== admin.id) return refuse('not_found', 'You have proposed no such change.')
  return collectToken(deps, pagesOf(admin), id)
}

/** The admin, as the agent that the pages ask as. */
const pagesOf = (admin: Approver): Caller => ({
  kind: 'agent',
  credentialId: '',
  agent: ownAgent(PAGES_AGENT, admin.id),
})
