/**
 * Reviewing: what every agent and executor was allowed, what of it was used lately, and what never.
 *
 * In: nothing but the clock. Out: the review; an action taken out of a catalogue, which needs no consent since it makes
 * things safer. Policy may allow less than the catalogues offer; what is counted as allowed is what an agent can ask for
 * at all. SPEC 3, 10, 11.
 */

import { newTrace } from '../../domain/approval/approval-request.ts'
import { byMember } from '../../domain/identity/initiator.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import type { Approver, Caller, Executor } from '../../domain/identity/parties.ts'
import type { Review, Usage } from '../../domain/identity/usage.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'

/** Least privilege (reviewing.ts). */
export interface Reviewing {
  readonly review: () => Promise<Review>
  /** Takes an action out of an executor's catalogue. Refuses: `not_found`, `forbidden` for the authority itself. */
  readonly removeAction: (by: Caller | Approver, audience: string, name: string) => Promise<Result<true>>
}

const DAY_SECONDS = 86_400
export const RECENT_DAYS = 30
export const WHOLE_DAYS = 90

export function createReviewing({ store, config, log, now, randomBytes }: Deps): Reviewing {
  async function review(): Promise<Review> {
    const [from, recentFrom] = [now() - WHOLE_DAYS * DAY_SECONDS, now() - RECENT_DAYS * DAY_SECONDS]
    const [agents, executors, usage] = await Promise.all([
      store.listAgents(),
      store.listExecutors(),
      store.usage({ from, recentFrom }),
    ])
    const standing = executors.filter(({ audience, revokedAt }) => audience !== config.origin && revokedAt === null)
    const offered = standing.flatMap(({ audience, catalogue }) =>
      catalogue.map(({ name }) => ({ executor: audience, name })),
    )
    return {
      from,
      recentFrom,
      agents: agents
        .filter(({ id, revokedAt }) => !isOwnAgent(id) && revokedAt === null)
        .map((agent) => {
          const used = usage.filter((use) => use.agent === agent.id && use.executor !== config.origin)
          return { ...agent, used, unused: offered.filter((action) => !used.some((use) => isSame(use, action))) }
        }),
      executors: standing.map((executor) => ({ ...executor, ...usesOf(executor, usage) })),
    }
  }

  async function removeAction(by: Caller | Approver, audience: string, name: string): Promise<Result<true>> {
    if (audience === config.origin) return refuse('forbidden', 'The authority’s own catalogue is part of its build.')
    const trace = newTrace(randomBytes)
    const entry = await prepareEntry('executor.removed', now(), trace, { executor: audience, name, ...byMember(by) })
    if (!(await store.removeAction(audience, name, [entry]))) {
      return refuse('not_found', 'No executor of that audience offers this action.')
    }
    log.warn('catalogue.narrowed', { executor: audience, name, trace })
    return ok(true)
  }

  return { review, removeAction }
}

const isSame = (one: Pick<Usage, 'executor' | 'name'>, other: Pick<Usage, 'executor' | 'name'>): boolean =>
  one.executor === other.executor && one.name === other.name

function usesOf({ audience, catalogue }: Executor, usage: readonly Usage[]) {
  const used = usage.filter(({ executor }) => executor === audience)
  return { used, unused: catalogue.filter(({ name }) => !used.some((use) => use.name === name)) }
}
