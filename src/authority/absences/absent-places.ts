/** The absent people who have a deputy now, with their groups and the agents they run. SPEC 10.11. */
import type { AbsentPlace } from '../../domain/consent/eligibility.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { placesAsDeputy } from '../../domain/policy/deputies.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'

type Needs = Uses<Pick<PeopleStore, 'agentsRunBy'>, 'now'>

export const absentPlaces = ({ store, now }: Needs, person: Approver): Promise<readonly AbsentPlace[]> =>
  Promise.all(
    placesAsDeputy(person, now()).map(async (member) => ({ member, runs: await store.agentsRunBy(member.id) })),
  )
