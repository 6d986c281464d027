/**
 * Least privilege: the review of what agents may ask for and what they used, and narrowing a catalogue by it, which
 * needs no consent since it makes things safer. An action counts as allowed when an executor that the agent was given
 * offers it, though policy may deny it. SPEC 3, 10, 11.
 */

import { newTrace } from '../../domain/approval/approval-request.ts'
import { executorMembers } from '../../domain/identity/executor-members.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import { type Agent, type Approver, byMember, type Caller, type Executor } from '../../domain/identity/parties.ts'
import type { Review, Usage } from '../../domain/identity/usage.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { Deps, Uses } from '../deps.ts'

const DAY_SECONDS = 86_400
export const RECENT_DAYS = 30
export const WHOLE_DAYS = 90

type ActionOfExecutor = Pick<Usage, 'executor' | 'name'>

export async function reviewUsage({ store, config, now }: Pick<Deps, 'store' | 'config' | 'now'>): Promise<Review> {
  const [from, recentFrom] = [now() - WHOLE_DAYS * DAY_SECONDS, now() - RECENT_DAYS * DAY_SECONDS]
  const [agents, known, usage] = await Promise.all([
    listAgents({ store }),
    store.listExecutors(),
    store.usage({ from, recentFrom }),
  ])
  const executors = known.filter(({ audience, revokedAt }) => audience !== config.origin && revokedAt === null)
  const offered = executors.flatMap(offeredBy)
  const foreign = usage.filter(({ executor }) => executor !== config.origin)
  return {
    from,
    recentFrom,
    agents: agents
      .filter(({ revokedAt }) => revokedAt === null)
      .map((agent) => {
        const used = foreign.filter((use) => use.agent === agent.id)
        return { ...agent, used, unused: offered.filter((action) => isGiven(agent, action) && !isAmong(used, action)) }
      }),
    executors: executors.map((executor) => ({ ...executor, ...usesOf(executor, usage) })),
  }
}

const offeredBy = ({ audience, catalogue }: Executor): readonly ActionOfExecutor[] =>
  catalogue.map(({ name }) => ({ executor: audience, name }))

/** An agent acts only at executors that it was given, unless a policy leaves that rule out. */
const isGiven = ({ executors }: Agent, { executor }: ActionOfExecutor): boolean => executors.includes(executor)

const isAmong = (used: readonly ActionOfExecutor[], { executor, name }: ActionOfExecutor): boolean =>
  used.some((use) => use.executor === executor && use.name === name)

function usesOf({ audience, catalogue }: Executor, usage: readonly Usage[]) {
  const used = usage.filter(({ executor }) => executor === audience)
  return { used, unused: catalogue.filter(({ name }) => !used.some((use) => use.name === name)) }
}

/** Removes an action from an executor's catalogue. Refuses `not_found`, and `forbidden` for the authority itself. */
export async function removeAction(
  { store, config, log, now, randomBytes }: Pick<Deps, 'store' | 'config' | 'log' | 'now' | 'randomBytes'>,
  by: Caller | Approver,
  audience: string,
  name: string,
): Promise<Result<true>> {
  if (audience === config.origin) return refuse('forbidden', 'The authority’s own catalogue is part of its build.')
  const trace = newTrace(randomBytes)
  const entriesFor = async (narrowed: Executor) => [
    await prepareEntry('executor.removed', now(), trace, {
      ...(await executorMembers(narrowed)),
      name,
      ...byMember(by),
    }),
  ]
  if (!(await store.removeAction({ audience, name, entriesFor }))) {
    return refuse('not_found', 'No executor of that audience offers this action.')
  }
  log.warn('catalogue.narrowed', { executor: audience, name, trace })
  return ok(true)
}

/** Without the authority's own agents. */
export const listAgents = async ({ store }: Uses<CallerStore>) =>
  (await store.listAgents()).filter(({ id }) => !isOwnAgent(id))
