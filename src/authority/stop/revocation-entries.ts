/** The ledger entries of everything that a revocation ended: requests stopped, live tokens revoked. SPEC 8, 9. */
import type { EntryMembers, PreparedEntry } from '../../domain/ledger/entry.ts'
import { requestEntry } from '../../domain/ledger/entry.ts'
import type { Endings } from '../../store/contract/request-store.ts'

/** The entry of the revocation itself, `cause`, and after it the entries of what it ended. */
export const revocationEntries = async (cause: PreparedEntry, ended: Endings): Promise<readonly PreparedEntry[]> => [
  cause,
  ...(await endedEntries(cause.at, ended, causeOf(cause))),
]

export const causeOf = ({ type, trace }: Pick<PreparedEntry, 'type' | 'trace'>): EntryMembers => ({
  cause: type,
  cause_trace: trace,
})

/** `because`: the members that name the cause or the initiator. */
export function endedEntries(
  at: number,
  { requests, tokens }: Endings,
  because: EntryMembers,
): Promise<readonly PreparedEntry[]> {
  const stopped = requests.map((request) => requestEntry(request, 'request.withdrawn', at, because))
  const revoked = tokens.map(({ jti, request }) => requestEntry(request, 'token.revoked', at, { jti, ...because }))
  return Promise.all([...stopped, ...revoked])
}
