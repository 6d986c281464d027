/**
 * Checks that the arguments of a proposal fit the schema that its executor published, at every entry point, before
 * policy and before anybody sees them. The ledger records a refusal. SPEC 2, 10.8.
 */
import { traceOf } from '../../domain/approval/approval-request.ts'
import type { Proposal } from '../../domain/approval/new-request.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
import { unfitInWords } from '../policy/unfit-arguments.ts'
import { type RefusalNeeds, recordRefusal } from '../refusal-record.ts'

type CheckNeeds = RefusalNeeds & Pick<Deps, 'log' | 'meters'>

/** Refuses: `invalid_request`, naming the member and what it has to be. */
export async function checkArguments(deps: CheckNeeds, proposal: Proposal): Promise<Result<true>> {
  const { executor, action, agent, principal, bounds } = proposal
  const unfit = unfitInWords(executor, action, bounds)
  if (unfit === null) return ok(true)
  const trace = await recordRefusal(deps, {
    by: { agent: agent.id },
    trace: traceOf(proposal.id),
    members: { agent: agent.id, principal, executor: executor.audience, name: action.name, code: 'invalid_request' },
  })
  deps.meters.decided('unfit')
  deps.log.info('request.unfit', { trace, agent: agent.id, name: action.name })
  return refuse('invalid_request', `${unfit} Correct them and ask again; nobody was asked. Trace ${trace}.`)
}
