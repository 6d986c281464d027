/**
 * The consents that count for a request now: one for each place of its quorum, by people who are in its groups, with
 * the separation from the agent that they signed. A deputy's consent counts for the absent person if the absence was
 * in force when it was given. SPEC 6, 10.11, 11.5.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { approvesForSelf, isKeptOut } from '../../domain/consent/eligibility.ts'
import { delegable, isPresent } from '../../domain/identity/parties.ts'
import { ownPlace } from '../../domain/policy/deputies.ts'
import { type Member, matchMembers } from '../../domain/policy/quorum.ts'
import type { AbsenceStore } from '../../store/contract/absence-store.ts'
import type { Consenter, PeopleStore } from '../../store/contract/identity-store.ts'
import type { StoredConsent } from '../../store/contract/request-store.ts'
import type { Uses } from '../deps.ts'

type Needs = Uses<Pick<PeopleStore, 'approver' | 'agentsRunBy'> & Pick<AbsenceStore, 'absenceAt'>, 'config' | 'now'>

interface Counted {
  readonly consenter: Consenter
  readonly member: Member
  /** Whether its approver approves for themself. */
  readonly isOwn: boolean
}

export async function countedConsents(
  deps: Needs,
  request: ApprovalRequest,
  consenters: readonly Consenter[],
): Promise<readonly Consenter[]> {
  const all = await Promise.all(consenters.map((one) => placeOf(deps, request, one)))
  const entitled = all.filter((one) => one !== undefined)
  const eligible = request.separation === false ? entitled : entitled.filter(({ isOwn }) => !isOwn)
  const places = matchMembers(
    request.terms.approvers,
    eligible.map(({ member }) => member),
  )
  const counted = eligible.filter(({ member }) => (places.get(member.id) ?? null) !== null)
  if (request.separation === false && !counted.some(({ isOwn }) => isOwn)) return []
  return counted.map(({ consenter }) => consenter)
}

/** Undefined for the consent of somebody who is not here, or who was not the deputy of the person they name. */
async function placeOf(deps: Needs, request: ApprovalRequest, consenter: Consenter): Promise<Counted | undefined> {
  const { stored, person, runs } = consenter
  const { approver } = stored
  if (!person || !isPresent(person) || isKeptOut(request, approver, runs)) return undefined
  const absent = stored.consent.on_behalf_of
  const member = absent === undefined ? ownPlace(person) : await placeOfAbsent(deps, request, stored, absent)
  return member && { consenter, member, isOwn: approvesForSelf(request, approver, runs) }
}

/** Clocks of processes differ. */
const CLOCKS_SECONDS = 60

async function placeOfAbsent(
  { store, config, now }: Needs,
  request: ApprovalRequest,
  { approver: deputy, givenAt }: StoredConsent,
  id: string,
): Promise<Member | undefined> {
  const [absence, person, runs] = await Promise.all([
    store.absenceAt({ approver: id, deputy, at: givenAt }),
    store.approver(id),
    store.agentsRunBy(id),
  ])
  // Nobody signs when they consented: it was after the request was opened, and before now.
  if (givenAt < request.createdAt - CLOCKS_SECONDS || givenAt > now() + CLOCKS_SECONDS) return undefined
  if (!absence || !person || !isPresent(person) || request.audience === config.origin) return undefined
  if (approvesForSelf(request, id, runs) || request.proposedBy === id) return undefined
  return { id, deputy, groups: delegable(person) }
}
