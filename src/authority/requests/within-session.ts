/** Limits a proposal to the end of its agent's session. SPEC 10.9. */
import type { Proposal } from '../../domain/approval/new-request.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import { type AskNeeds, sessionFor } from '../policy/ask-policy.ts'

/** A request, and so its token, ends with the session that it was opened in. */
export async function withinSession(deps: AskNeeds, policy: Policy, proposal: Proposal): Promise<Proposal> {
  const { agent, action, now, expiresAt } = proposal
  const session = await sessionFor(deps, policy, { agent, name: action.name, now })
  return session ? { ...proposal, expiresAt: Math.min(expiresAt, session.endsAt) } : proposal
}
