/** Which waiting requests nobody can answer, as people, groups and absences are now. SPEC 2, 10.11. */
import { type ApprovalRequest, stateAt } from '../../domain/approval/approval-request.ts'
import { type Candidate, quorumsOf } from '../../domain/consent/reachable-quorum.ts'
import type { Member } from '../../domain/policy/quorum.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { Uses } from '../deps.ts'

export type UnfillableNeeds = Uses<Pick<RequestStore, 'consentedBy'> & Pick<PeopleStore, 'listApprovers'>, 'now'>

/** Why nobody can fill the quorum, in a sentence, by the id of the request; without those that people can answer. */
export async function unfillableAmong(
  { store, now }: UnfillableNeeds,
  requests: readonly ApprovalRequest[],
): Promise<ReadonlyMap<string, string>> {
  const at = now()
  const waiting = requests.filter((request) => stateAt(request, at) === 'pending')
  if (waiting.length === 0) return new Map()
  const [people, consented] = await Promise.all([store.listApprovers(), store.consentedBy(waiting.map(({ id }) => id))])
  return unfillableBy(waiting, { people, consented }, at)
}

export interface Answerers {
  readonly people: readonly Candidate[]
  /** By request. */
  readonly consented: ReadonlyMap<string, readonly Member[]>
}

/** The same of pending requests, by people who were read. */
export function unfillableBy(waiting: readonly ApprovalRequest[], { people, consented }: Answerers, at: number) {
  const whyUnfillable = quorumsOf(people, at)
  const found = new Map<string, string>()
  for (const request of waiting) {
    const why = whyUnfillable(request, consented.get(request.id) ?? [])
    if (why !== null) found.set(request.id, why)
  }
  return found
}
