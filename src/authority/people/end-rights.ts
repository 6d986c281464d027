/**
 * Removes rights: a person's own passkey or sessions, or, by an admin, those of another person or all of their rights.
 * Removal makes things safer and needs no gesture.
 *
 * No admin becomes the only one who can sign in this way: that needs the consent of an approved change. SPEC 9, 10.2.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import { type Approver, type Initiator, isPerson, type Passkey } from '../../domain/identity/parties.ts'
import { type EntryMembers, prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { PeopleStore, Session } from '../../store/contract/identity-store.ts'
import type { Uses } from '../deps.ts'
import { revocationEntries } from '../stop/revocation-entries.ts'

type EndNeeds = Uses<PeopleStore, 'log' | 'now' | 'randomBytes'>

const lastAdmin = (what: string) =>
  refuse(
    'forbidden',
    `No other admin could sign then${what}. Let the operator do it, or propose the removal or the change of roles.`,
  )

/** Another's act on a person: their own needs no name. */
const endedBy = (by: Initiator, person: string): EntryMembers =>
  isPerson(by) ? (by.id === person ? {} : { ended_by: by.id }) : { by: by.kind }

const idOf = (by: Initiator): string | null => (isPerson(by) ? by.id : null)

/** Refuses: `not_found`; `forbidden` where no other admin could sign then. */
export async function revokePasskey(
  { store, now, randomBytes }: EndNeeds,
  by: Initiator,
  person: string,
  credentialId: string,
): Promise<Result<true>> {
  const passkey = await store.passkey(credentialId)
  if (passkey?.approver !== person) return refuse('not_found', 'There is no such passkey of this person.')
  const credential = await hashSecret(credentialId)
  const members = { approver: person, credential, key: passkey.key.kid, ...endedBy(by, person) }
  const cause = await prepareEntry('credential.revoked', now(), newTrace(randomBytes), members)
  const { verdict } = await store.revokePasskey({
    credentialId,
    approver: person,
    by: idOf(by),
    at: now(),
    entriesFor: (ended) => revocationEntries(cause, ended),
  })
  if (verdict === 'last_admin_key') return lastAdmin(': it is the last passkey of an admin')
  if (verdict === 'revoked') return ok(true)
  return refuse('not_found', 'There is no such passkey of this person, or it is revoked already.')
}

/** Refuses: `not_found`; `forbidden` for oneself, and where no other admin could sign then. */
export async function suspendPerson(
  { store, log, now, randomBytes }: EndNeeds,
  by: Initiator,
  person: string,
): Promise<Result<true>> {
  if (idOf(by) === person) {
    return refuse('forbidden', 'Nobody suspends themself. End your sessions, or ask another admin.')
  }
  const members = { approver: person, ...endedBy(by, person) }
  const cause = await prepareEntry('approver.suspended', now(), newTrace(randomBytes), members)
  const { verdict } = await store.suspendPerson({
    approver: person,
    by: idOf(by),
    at: now(),
    entriesFor: (ended) => revocationEntries(cause, ended),
  })
  if (verdict === 'last_admin') return lastAdmin('')
  if (verdict === 'unknown')
    return refuse('not_found', 'There is nobody here under this id, or they are suspended already.')
  log.warn('approver.suspended', { approver: person, trace: cause.trace })
  return ok(true)
}

/** Ends one of a person's sessions, or all of them with `id` null. Refuses: `not_found`. */
export async function endSessions(
  { store, log }: Pick<EndNeeds, 'store' | 'log'>,
  person: string,
  id: string | null,
): Promise<Result<true>> {
  const ended = await store.endSessionsOf({ approver: person, id })
  if (ended === 0) return refuse('not_found', 'There is no such session, or it has ended already.')
  log.info('session.ended', { approver: person, count: ended })
  return ok(true)
}

/** A person with all that they can use. */
export interface KnownPerson extends Approver {
  readonly runs: readonly string[]
  readonly passkeys: readonly Passkey[]
  readonly sessions: readonly Omit<Session, 'hash'>[]
}

/** Refuses: `not_found`. */
export async function viewPerson(
  { store, now }: Pick<EndNeeds, 'store' | 'now'>,
  id: string,
): Promise<Result<KnownPerson>> {
  const [person, passkeys, runs, sessions] = await Promise.all([
    store.approver(id),
    store.passkeysOf(id),
    store.agentsRunBy(id),
    store.sessionsOf({ approver: id, now: now() }),
  ])
  if (!person) return refuse('not_found', 'There is nobody here under this id.')
  return ok({ ...person, passkeys, runs, sessions })
}
