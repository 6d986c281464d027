/**
 * What a revocation takes with it, as ledger entries: pending requests withdrawn, live tokens revoked.
 *
 * In: what the store ended, inside its transaction. Out: one entry for each. Ends nothing itself.
 * SPEC 8, 9.
 */
import type { EntryMembers, PreparedEntry } from '../../domain/ledger/entry.ts'
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import type { Ended } from '../../store/contract/request-store.ts'

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
  const withdrawn = ended.requests.map((request) => requestEntry(request, 'request.withdrawn', at, because))
  const revoked = ended.tokens.map(({ jti, request }) =>
    requestEntry(request, 'token.revoked', at, { jti, ...because }),
  )
  return Promise.all([...withdrawn, ...revoked])
}
