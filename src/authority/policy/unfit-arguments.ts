/** Says in which way arguments do not fit the schema that their executor published. SPEC 10.8. */
import type { ActionSpec, JsonObject } from '@countersign/verifier'
import { catalogueEntryOf, type Proposal } from '../../domain/approval/new-request.ts'
import { misfitOf } from '../../domain/catalogue/fit.ts'
import type { Executor } from '../../domain/identity/parties.ts'
import { pointerOf, shortened } from '../../domain/refusal.ts'

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
