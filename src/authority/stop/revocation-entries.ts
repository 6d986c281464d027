/** The ledger entries of everything that a revocation ended: consents, requests, live tokens, rights. SPEC 8, 9. */
import { absenceMembers } from '../../domain/identity/absence.ts'
import { agentMembers } from '../../domain/identity/agent-members.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import {
  type EntryMembers,
  type EntryType,
  type PreparedEntry,
  prepareEntry,
  requestEntry,
} from '../../domain/ledger/entry.ts'
import type { Endings } from '../../store/contract/request-store.ts'

/** The entry of the revocation itself, `cause`, and after it the entries of what it ended. */
export const revocationEntries = async (cause: PreparedEntry, ended: Endings): Promise<readonly PreparedEntry[]> => [
  cause,
  ...(await absenceEntries(cause, ended)),
  ...(await endedEntries(cause.at, ended, causeOf(cause))),
]

/** Absences end with the rights of their person, and with those of the deputy. */
const absenceEntries = (cause: PreparedEntry, { absences = [] }: Endings): Promise<readonly PreparedEntry[]> =>
  Promise.all(
    absences.map((absence) =>
      prepareEntry('absence.ended', cause.at, cause.trace, { ...absenceMembers(absence), ...causeOf(cause) }),
    ),
  )

export const causeOf = ({ type, trace }: Pick<PreparedEntry, 'type' | 'trace'>): EntryMembers => ({
  cause: type,
  cause_trace: trace,
})

/** `because`: the members that name the cause or the initiator. */
export function endedEntries(
  at: number,
  { requests, tokens, voided = [] }: Endings,
  because: EntryMembers,
): Promise<readonly PreparedEntry[]> {
  const undone = voided.map(({ approver, ...request }) =>
    requestEntry(request, 'consent.voided', at, { approver, ...because }),
  )
  const stopped = requests.map((request) => requestEntry(request, 'request.withdrawn', at, because))
  const revoked = tokens.map(({ jti, request }) => requestEntry(request, 'token.revoked', at, { jti, ...because }))
  return Promise.all([...undone, ...stopped, ...revoked])
}

/** The entries of all that a person had, after that of their removal: `cause`. */
export async function leaverEntries(cause: PreparedEntry, ended: Endings): Promise<readonly PreparedEntry[]> {
  const { passkeys = [], invitations = [], agents = { removed: [], changed: [] } } = ended
  const { at, trace } = cause
  const because = causeOf(cause)
  const entry = (type: EntryType, members: EntryMembers) => prepareEntry(type, at, trace, { ...members, ...because })
  const keys = passkeys.map(async ({ approver, credentialId, kid }) =>
    entry('credential.revoked', { approver, credential: await hashSecret(credentialId), key: kid }),
  )
  const links = invitations.map((credential) => entry('credential.revoked', { kind: 'invitation', credential }))
  const revoked = agents.removed.map((agent) => entry('agent.removed', { agent }))
  const changed = agents.changed.map((agent) => entry('agent.changed', agentMembers(agent)))
  const own = await Promise.all([...keys, ...links, ...revoked, ...changed])
  return [...own, ...(await absenceEntries(cause, ended)), ...(await endedEntries(at, ended, because))]
}
