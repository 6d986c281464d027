/**
 * The rules of consent for lists: hundreds of requests wait, and most of them are alike to these rules.
 *
 * In: a rule. Out: the same, which is asked once for all requests that it cannot tell apart. SPEC 11.
 */
import type { ApprovalRequest } from '../approval/approval-request.ts'
import { onceForEach } from '../once-for-each.ts'
import type { Member } from '../policy/quorum.ts'
import { RECOVER_APPROVER, type Ruled } from './eligibility.ts'

/** All of a request that a rule can read. */
const kindOf = onceForEach((request: ApprovalRequest) => {
  const { name, action, catalogueEntry, audience, principal, act, actor, proposedBy, undoes, separation, terms } =
    request
  const read: Readonly<Record<keyof Ruled, unknown>> = {
    ...{ name, audience, principal, act, actor, proposedBy, undoes, separation, terms },
    action: name === RECOVER_APPROVER ? action?.arguments['approver'] : null,
    catalogueEntry: [catalogueEntry.effect, catalogueEntry.reversible],
  }
  return JSON.stringify(read)
})

/** `rule` may depend on what changes with time: its answers are kept by the function that is returned. */
export function forAllAlike<T>(rule: (request: Ruled, consented: readonly Member[]) => T) {
  const known = new Map<string, { readonly answer: T }>()
  return (request: ApprovalRequest, consented: readonly Member[]): T => {
    const kind = kindOf(request)
    const key = consented.length === 0 ? kind : `${kind} ${JSON.stringify(consented)}`
    const found = known.get(key) ?? { answer: rule(request, consented) }
    known.set(key, found)
    return found.answer
  }
}
