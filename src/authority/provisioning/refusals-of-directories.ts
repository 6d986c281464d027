/** Refused calls of a directory in the ledger, with repeats counted. SPEC 8, 10.10. */
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { Directory } from '../../domain/identity/directories.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { type RefusalNeeds, recordRefusal } from '../refusal-record.ts'

export async function recordScimRefusal(
  deps: RefusalNeeds,
  { name: directory }: Directory,
  { code, scimType }: Refusal,
): Promise<void> {
  const members = { directory, code, ...(scimType === undefined ? {} : { kind: scimType }) }
  await recordRefusal(deps, { by: { directory }, type: 'scim.refused', trace: newTrace(deps.randomBytes), members })
}
