/**
 * Decides whether a person may consent to a request, alone or in a batch, and whether it would be a self-approval.
 *
 * In: a request, an approver, the agents they run. Out: the `separation` of their statement, or a refusal.
 * `separation` is false exactly when the approver is the principal, or runs the agent or the actor.
 * SPEC 6, 10.
 */
import { isOwnApproval } from '@countersign/verifier'
import { destroysForGood } from '../action/typed-target.ts'
import type { ApprovalRequest } from '../approval/approval-request.ts'
import { type Approver, isOfAny, isPresent } from '../identity/parties.ts'
import { groupsAsked } from '../policy/policy.ts'
import { ok, type Result, refuse } from '../refusal.ts'

/** True when this approver would approve for themselves, by the rule of the verifier. */
export const approvesForSelf = (request: ApprovalRequest, approver: string, runs: readonly string[]): boolean =>
  isOwnApproval({ sub: request.principal, act: request.act, client_id: request.actor }, { approver, agents: runs })

/** Refuses with `forbidden` in words for the person, or gives the separation to state. Does not look at the clock. */
export function eligibility(request: ApprovalRequest, approver: Approver, runs: readonly string[]): Result<boolean> {
  const no = (message: string) => refuse('forbidden', message)
  if (!isPresent(approver)) return no('You are no longer an approver.')
  const groups = groupsAsked(request.terms)
  if (!isOfAny(approver, groups)) {
    const named = groups.map((group) => `“${group}”`).join(', ')
    return no(
      `This request is for the ${groups.length === 1 ? 'group' : 'groups'} ${named}, to which you do not belong.`,
    )
  }
  const self = approvesForSelf(request, approver.id, runs)
  if (self && !request.terms.selfApproval) {
    return no('It was asked for you, or by an agent that you run. Somebody else has to approve it.')
  }
  if (request.proposedBy === approver.id && !request.terms.selfApproval) {
    return no('You proposed this yourself. Somebody else has to approve it.')
  }
  if (request.separation !== null && request.separation === self) {
    return no('Others have consented on other terms: own approvals and independent ones do not mix.')
  }
  return ok(!self)
}

/** A consent names all that it was given with: five of the longest do not fit into one token of 12 KiB. */
const MAX_QUORUM_IN_BATCH = 4

/** The reason why this request cannot be part of a batch; null when it can. */
export function whyAlone({ audience, terms, catalogueEntry }: ApprovalRequest, issuer: string): string | null {
  if (audience === issuer) return 'A change to this authority is consented to by itself, on its own page.'
  if (catalogueEntry.reversible === false || destroysForGood(catalogueEntry))
    return 'What cannot be undone is consented to by itself, on its own page.'
  if (terms.quorum <= MAX_QUORUM_IN_BATCH) return null
  return `It needs ${terms.quorum} people. Such a request is consented to by itself, on its own page.`
}
