/**
 * Whose credential a call carries, and for an agent whether it may act at an executor at all: an executor that stands
 * before others asks so with the agent's credential before it passes on what no policy decides. SPEC 9, 14.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { Agent, Caller } from '../../domain/identity/parties.ts'
import { ok, type Result, refused } from '../../domain/refusal.ts'
import type { StopStore } from '../../store/contract/stop-store.ts'
import type { Uses } from '../deps.ts'
import { type RefusalNeeds, recordRefusal } from '../refusal-record.ts'
import { KILLED } from '../refusals.ts'
import { areStopped } from '../stopped-parties.ts'

type Needs = RefusalNeeds & Uses<StopStore>

/** `audience`: of the executor. Refuses: `killed`, where a switch stops all that the agent could do there. */
export async function ownStanding(deps: Needs, caller: Caller, audience: string | undefined): Promise<Result<Caller>> {
  if (caller.kind !== 'agent' || audience === undefined) return ok(caller)
  const principal = principalOf(caller.agent)
  // No action has this name: of the patterns only `*` selects it.
  if (!(await areStopped(deps, { agents: [caller.agent.id], principal, executor: audience, action: '' })))
    return ok(caller)
  await recordRefusal(deps, {
    by: { agent: caller.agent.id },
    trace: newTrace(deps.randomBytes),
    members: { agent: caller.agent.id, principal, executor: audience, code: KILLED.code },
  })
  return refused(KILLED)
}

/** For whom it acts where a proposal names nobody. */
const principalOf = ({ id, principals }: Agent): string => principals[0] ?? id
