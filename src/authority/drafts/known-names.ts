/** The names that drafts of the policy are checked against: everything registered that has not ended. SPEC 11.4. */
import { OPERATOR_AGENT, PAGES_AGENT } from '../../domain/identity/own-agents.ts'
import { isPresent } from '../../domain/identity/parties.ts'
import type { KnownNames } from '../../domain/policy/cedar/unknown-names.ts'
import type { GroupStore } from '../../store/contract/group-store.ts'
import type { CallerStore, PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'

export type NamesNeeds = Uses<
  Pick<CallerStore, 'listAgents' | 'listExecutors'> &
    Pick<PeopleStore, 'listApprovers'> &
    Pick<GroupStore, 'listGroups'>
>

export async function knownNames({ store }: NamesNeeds): Promise<KnownNames> {
  const [everyAgent, everyExecutor, everyone, groups] = await Promise.all([
    store.listAgents(),
    store.listExecutors(),
    store.listApprovers(),
    store.listGroups(),
  ])
  const [agents, executors] = [everyAgent.filter(isActive), everyExecutor.filter(isActive)]
  const people = everyone.filter(isPresent).map(({ id }) => id)
  const groupsOfAgents = agents.flatMap((agent) => agent.groups)
  return {
    actions: executors.flatMap(({ catalogue }) => catalogue.map(({ name, schema }) => ({ name, schema }))),
    names: {
      agent: [...agents.map(({ id }) => id), OPERATOR_AGENT, PAGES_AGENT],
      executor: executors.map(({ audience }) => audience),
      'group of people': ['approver', 'admin', ...groups.map(({ name }) => name)],
      'group of agents': groupsOfAgents,
      principal: [...people, ...agents.flatMap(({ principals }) => principals)],
      person: people,
      tag: ['username', 'sub', ...groupsOfAgents.flatMap((group) => group.split(':', 1))],
    },
  }
}

const isActive = ({ revokedAt }: { readonly revokedAt: number | null }): boolean => revokedAt === null
