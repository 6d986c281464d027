/**
 * The members by which a ledger entry names its request.
 *
 * In: a request, or the claims of a token. Out: ids and digests; never an argument, a reason or a name.
 * SPEC 8.
 */
import type { ApprovalClaims } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { type EntryMembers, type EntryType, type PreparedEntry, prepareEntry } from '../../domain/ledger/entry.ts'

export const partiesOf = (request: ApprovalRequest): EntryMembers => ({
  request: request.id,
  agent: request.agent,
  principal: request.principal,
  executor: request.audience,
  action: request.digest,
  name: request.name,
})

export const membersOfClaims = (claims: ApprovalClaims): EntryMembers => ({
  request: claims.approval.request,
  jti: claims.jti,
  agent: claims.act.sub,
  principal: claims.sub,
  executor: claims.aud,
  action: claims.authorization_details[0].digest,
  name: claims.scope,
})

/** The entry of one fact about a request. */
export const requestEntry = (
  request: ApprovalRequest,
  type: EntryType,
  at: number,
  members: EntryMembers,
): Promise<PreparedEntry> => prepareEntry(type, at, request.trace, { ...partiesOf(request), ...members })
