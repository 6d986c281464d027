/**
 * What a revocation takes with it, as ledger entries: pending requests withdrawn, live tokens revoked.
 *
 * In: what the store ended, inside its transaction. Out: one entry for each. Ends nothing itself.
 * SPEC 8, 9.
 */
import type { Digest } from '@countersign/verifier'
import { type EntryMembers, type PreparedEntry, prepareEntry } from '../../domain/ledger/entry.ts'

interface EndedRequest {
  readonly id: string
  readonly trace: string
  readonly agent: string
  readonly principal: string
  readonly audience: string
  readonly digest: Digest
  readonly name: string
}

export interface Ended {
  readonly requests: readonly EndedRequest[]
  readonly tokens: readonly { readonly jti: string; readonly request: EndedRequest }[]
}

const membersOf = (request: EndedRequest) => ({
  request: request.id,
  agent: request.agent,
  principal: request.principal,
  executor: request.audience,
  action: request.digest,
  name: request.name,
})

/** `cause` is the entry of the revocation itself; it comes first. */
export const revocationEntries = async (cause: PreparedEntry, ended: Ended): Promise<readonly PreparedEntry[]> => [
  cause,
  ...(await endedEntries(cause, ended, causeOf(cause))),
]

/** What the entry of something that ended says of why it did. */
export const causeOf = ({ type, trace }: Pick<PreparedEntry, 'type' | 'trace'>): EntryMembers => ({
  cause: type,
  cause_trace: trace,
})

/** `because`: the members that say why, or by whom, where it was ended by itself. */
export function endedEntries(
  { at }: { readonly at: number },
  ended: Ended,
  because: EntryMembers,
): Promise<readonly PreparedEntry[]> {
  const withdrawn = ended.requests.map((request) =>
    prepareEntry('request.withdrawn', at, request.trace, { ...membersOf(request), ...because }),
  )
  const revoked = ended.tokens.map(({ jti, request }) =>
    prepareEntry('token.revoked', at, request.trace, { ...membersOf(request), jti, ...because }),
  )
  return Promise.all([...withdrawn, ...revoked])
}
