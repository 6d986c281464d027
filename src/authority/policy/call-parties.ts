/**
 * The parties of a call, cached or read anew. When cached parties lead to a denial, they are read anew, and the policy
 * is asked again only if they changed. SPEC 7, 11.3.
 */
import type { Agent, Executor } from '../../domain/identity/parties.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import type { Deps } from '../deps.ts'

export type Freshness = 'known' | 'now'

interface NamedParties {
  readonly audience: string
  readonly agent: string
  readonly principal: string
}

export interface CallParties {
  readonly executor: Executor | undefined
  readonly agent: Agent | undefined
}

export async function partiesFor(
  { parties }: Pick<Deps, 'parties'>,
  { audience, agent: id, principal }: NamedParties,
  as: Freshness,
): Promise<CallParties> {
  const isKnownEnough = as === 'known'
  const [executor, agent] = await Promise.all([
    (isKnownEnough && parties.knownExecutor(audience)) || parties.readExecutor(audience),
    (isKnownEnough && parties.knownAgent(id, principal)) || parties.readAgent(id, principal),
  ])
  return { executor, agent }
}

export async function haveChanged(
  deps: Pick<Deps, 'parties' | 'policy'>,
  named: NamedParties,
  known: CallParties & { readonly policy: Policy },
): Promise<boolean> {
  const [{ executor, agent }, policy] = await Promise.all([partiesFor(deps, named, 'now'), deps.policy.read()])
  const isSame = (one?: Agent | Executor, other?: Agent | Executor) =>
    one?.version === other?.version && one?.revokedAt === other?.revokedAt
  return policy.version !== known.policy.version || !isSame(executor, known.executor) || !isSame(agent, known.agent)
}
