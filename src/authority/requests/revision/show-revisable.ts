/** A request as its form of changes shows it: with what the executor's schema says of each argument now. SPEC 5.2. */
import type { JsonObject } from '@countersign/verifier'
import { catalogueEntryOf } from '../../../domain/approval/new-request.ts'
import { saidAt } from '../../../domain/catalogue/known-path.ts'
import type { Approver } from '../../../domain/identity/parties.ts'
import { ok, type Result } from '../../../domain/refusal.ts'
import type { CallerStore } from '../../../store/contract/identity-store.ts'
import type { Uses } from '../../deps.ts'
import { type RequestForApprover, type StoredNeeds, showRequest } from '../show.ts'

export interface RevisableRequest {
  readonly shown: RequestForApprover
  /** The schema of an argument, by its path. */
  readonly schemaOf: (path: string) => JsonObject
}

/** Refuses: `not_found`. */
export async function showRevisable(
  deps: StoredNeeds & Uses<CallerStore>,
  approver: Approver,
  id: string,
): Promise<Result<RevisableRequest>> {
  const shown = await showRequest(deps, approver, id)
  if (!shown.ok) return shown
  const { audience, name } = shown.value.request
  const executor = await deps.store.executor(audience)
  const { schema = {} } = executor ? catalogueEntryOf(executor, name) : {}
  return ok({ shown: shown.value, schemaOf: (path) => saidAt(schema, path) })
}
