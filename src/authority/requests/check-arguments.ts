/**
 * Checks that the arguments of a proposal fit the schema that its executor published, at every entry point, before
 * policy and before anybody sees them. The ledger records a refusal. SPEC 2, 10.8.
 */
import type { ActionSpec, JsonObject } from '@countersign/verifier'
import { traceOf } from '../../domain/approval/approval-request.ts'
import { catalogueEntryOf, type Proposal } from '../../domain/approval/new-request.ts'
import { misfitOf } from '../../domain/catalogue/fit.ts'
import type { Executor } from '../../domain/identity/parties.ts'
import { ok, pointerOf, type Result, refuse, shortened } from '../../domain/refusal.ts'
import type { Deps } from '../deps.ts'
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

/** Null where the arguments fit. `bounds`: of a grant. */
export function unfitInWords(
  executor: Executor,
  action: Pick<ActionSpec, 'name' | 'arguments'>,
  bounds: Proposal['bounds'] = null,
): string | null {
  const { schema } = catalogueEntryOf(executor, action.name)
  const misfit = schema ? misfitOf(withoutBounded(schema, bounds), action.arguments) : null
  if (!misfit) return null
  const where = `arguments${shortened(pointerOf(misfit.path))}`
  return `${where} has to be ${misfit.expected}. ${action.name} takes arguments of the form that its executor published.`
}

/** A grant leaves the arguments that it bounds open: each call under it is checked whole. */
function withoutBounded(schema: JsonObject, bounds: Proposal['bounds']): JsonObject {
  const { required } = schema
  if (bounds === null || !Array.isArray(required)) return schema
  return { ...schema, required: required.filter((name) => !Object.hasOwn(bounds.arguments, String(name))) }
}
