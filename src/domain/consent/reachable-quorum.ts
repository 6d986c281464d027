/** Whether the people of now can fill a request's quorum, by the rules of who may consent to it. SPEC 6, 10, 11. */
import type { ApprovalRequest } from '../approval/approval-request.ts'
import { type Approver, isPresent, type Passkey } from '../identity/parties.ts'
import { unfillableNow } from '../policy/deputies.ts'
import type { Member } from '../policy/quorum.ts'
import { forAllAlike } from './alike.ts'
import { isKeptOut, isTooSynced, type Ruled } from './eligibility.ts'

/** A person with what their eligibility depends on. */
export type Candidate = Approver & { readonly passkeys: readonly Passkey[]; readonly runs: readonly string[] }

/** Why nobody can fill the quorum of a request at an instant, in a sentence; null where it can be filled. */
export const whyUnfillable = (
  request: ApprovalRequest,
  consented: readonly Member[],
  people: readonly Candidate[],
  at: number,
): string | null => quorumsOf(people, at)(request, consented)

/** The same for many requests. */
export const quorumsOf = (people: readonly Candidate[], at: number) =>
  forAllAlike((request, consented) => {
    const able = people.filter((person) => mayConsent(request, person))
    return unfillableNow({ terms: request.terms, consented, people, able }, at)
  })

function mayConsent(request: Ruled, person: Candidate): boolean {
  if (!isPresent(person) || isKeptOut(request, person.id, person.runs)) return false
  return person.passkeys.some((key) => key.revokedAt === null && !isTooSynced(request, key))
}
