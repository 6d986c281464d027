/**
 * The invitations that can still be used. Withdrawing one makes things safer and needs no consent; the ledger records
 * it. SPEC 10.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import { byMember, type Initiator } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'

type InvitationNeeds = Uses<PeopleStore, 'now' | 'randomBytes'>

/** With the name of whoever invited: null once erased. */
export async function listInvitations({ store, now }: InvitationNeeds) {
  const [open, people] = await Promise.all([store.openInvitations(now()), store.listApprovers()])
  const names = new Map(people.map(({ id, name }) => [id, name]))
  return open.map((one) => ({
    ...one,
    inviterName: one.invitedBy === null ? null : (names.get(one.invitedBy) ?? null),
  }))
}

export type ListedInvitation = Awaited<ReturnType<typeof listInvitations>>[number]

/** Refuses: `not_found` for one that was taken, has ended, or is the first admin's. */
export async function withdrawInvitation(
  { store, now, randomBytes }: InvitationNeeds,
  by: Initiator,
  hash: string,
): Promise<Result<true>> {
  const members = { kind: 'invitation', credential: hash, ...byMember(by) }
  const entry = await prepareEntry('credential.revoked', now(), newTrace(randomBytes), members)
  if (await store.withdrawInvitation({ hash, entry })) return ok(true)
  return refuse(
    'not_found',
    'There is no such invitation, or it was used already. The list of people shows who enrolled.',
  )
}
