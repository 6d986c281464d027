/**
 * A grant: consent to a bounded series of calls. It is a request whose action holds what all calls share; each call is a
 * request of its own, approved under it. Pure rules, no store. SPEC 4.6, 11.
 */
import type { ActionSpec, JsonObject } from '@countersign/verifier'
import { type Bounds, shareOf } from '@countersign/verifier/authority'
import type { ApprovalRequest } from './approval-request.ts'

/** A working day. */
export const MAX_GRANT_SECONDS = 8 * 3600
export const GRANT_SECONDS = 3600

/** What a call of this grant adds to its sum, in millionths. Throws for a call outside its bounds. */
export const addedTo = ({ series }: ApprovalRequest, { arguments: args }: ActionSpec): number =>
  shareOf(args, series?.bounds?.arguments ?? {}).added

/** The part of a call that all calls within these bounds share; undefined for a call outside of them. */
export function shareIn({ arguments: constraints }: Bounds, args: JsonObject) {
  try {
    return shareOf(args, constraints)
  } catch {
    return undefined
  }
}

/** Why no grant can come of a request, in words; null where one can. */
export function whyNoGrant({ series, action, jkt, audience }: ApprovalRequest, origin: string): string | null {
  if (audience === origin) return 'Changes to the authority are approved one by one.'
  if (series !== null) return 'It is a grant already.'
  if (action === null) return 'Its arguments were erased.'
  return jkt === null ? 'Its agent proved no key when it asked, and a grant is bound to one.' : null
}
