/**
 * May this person consent to this request, with others at once, and would it be for themselves?
 *
 * In: a request, an approver, the agents they run, the state now. Out: the separation their statement states, or why not.
 * `separation` is false exactly when the approver is the principal, or runs the agent or the actor.
 * SPEC 6, 10.
 */
import { isOwnApproval } from '@countersign/verifier'
import type { ApprovalRequest } from '../approval/approval-request.ts'
import type { Approver } from '../identity/parties.ts'
import { ok, type Result, refuse } from '../refusal.ts'

/** True when this approver would be approving for themselves: the question every verifier asks too. */
export const approvesForSelf = (request: ApprovalRequest, approver: string, runs: readonly string[]): boolean =>
  isOwnApproval({ sub: request.principal, act: request.act, client_id: request.actor }, { approver, agents: runs })

/** Refuses with `forbidden` in words for the person, or gives the separation to state. Does not look at the clock. */
export function eligibility(request: ApprovalRequest, approver: Approver, runs: readonly string[]): Result<boolean> {
  const no = (message: string) => refuse('forbidden', message)
  if (approver.removedAt !== null) return no('You are no longer an approver.')
  if (!approver.roles.includes(request.terms.approvers)) {
    return no(`This request is for the group “${request.terms.approvers}”, to which you do not belong.`)
  }
  const self = approvesForSelf(request, approver.id, runs)
  if (self && !request.terms.selfApproval) {
    return no('It was asked for you, or by an agent that you run. Somebody else has to approve it.')
  }
  if (request.separation !== null && request.separation === self) {
    return no('Others have consented on other terms: own approvals and independent ones do not mix.')
  }
  return ok(!self)
}

/** A consent names all that it was given with: five of the longest do not fit into one token of 12 KiB. */
const MAX_QUORUM_IN_BATCH = 4

/** Why this request is consented to by itself, never with others in one gesture; null where it may be. */
export function whyAlone({ audience, terms }: ApprovalRequest, issuer: string): string | null {
  if (audience === issuer) return 'A change to this authority is consented to by itself, on its own page.'
  if (terms.quorum <= MAX_QUORUM_IN_BATCH) return null
  return `It needs ${terms.quorum} people. Such a request is consented to by itself, on its own page.`
}
