/**
 * The members by which a ledger entry names its request and the parties to it: ids and digests; never an argument, a
 * reason or a name of a person. SPEC 8.
 */
import type { ApprovalClaims, Digest } from '@countersign/verifier'
import { type EntryMembers, type EntryType, type PreparedEntry, prepareEntry } from './entry.ts'

/** The part of an approval request that its entries repeat. */
export interface RequestParties {
  readonly id: string
  readonly agent: string
  readonly principal: string
  readonly audience: string
  readonly digest: Digest
  readonly name: string
}

export const partiesOf = (request: RequestParties): EntryMembers => ({
  request: request.id,
  agent: request.agent,
  principal: request.principal,
  executor: request.audience,
  action: request.digest,
  name: request.name,
})

/** The same from a token's claims, and the token itself. */
export const partiesOfClaims = (claims: ApprovalClaims): EntryMembers => ({
  request: claims.approval.request,
  jti: claims.jti,
  agent: claims.act.sub,
  principal: claims.sub,
  executor: claims.aud,
  action: claims.authorization_details[0].digest,
  name: claims.scope,
})

/** The entry of one fact about a request, on the request's own trace. */
export const requestEntry = (
  request: RequestParties & { readonly trace: string },
  type: EntryType,
  at: number,
  members: EntryMembers = {},
): Promise<PreparedEntry> => prepareEntry(type, at, request.trace, { ...partiesOf(request), ...members })
