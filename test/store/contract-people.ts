/** People: one first admin, invitations taken once, passkeys, sessions and gestures. Runs first, on an empty database. */
import { expect, it } from 'vitest'
import type { Store } from '../../src/store/contract/store.ts'
import type { Given } from './contract.ts'
import { agent, credential, entry, hash, id, invitation, NOW, passkey, payload } from './fixtures.ts'

type Roles = readonly ('approver' | 'admin' | 'auditor')[]

/** Enrols a person by an invitation of their own and an approved change; throws where that fails. */
export async function enrol(store: Store, roles: Roles = ['approver']) {
  const person = id()
  const invited = invitation({ roles })
  const key = passkey(person)
  await store.addInvitation({ invitation: invited, entry: entry('credential.added') })
  expect(await store.holdPasskey(waiting(invited.hash, key))).toEqual({ verdict: 'held' })
  expect(await change(store, enrolment(person, key, roles))).toMatchObject({ verdict: 'redeemed' })
  return { id: person, key }
}

const PROOF = { nonce: 'n', authenticator_data: 'a', client_data_json: 'c', signature: 's' }

const waiting = (link: string, key: ReturnType<typeof passkey>) => ({
  invitation: link,
  hash: hash(),
  passkey: key,
  proof: PROOF,
  now: NOW,
  expiresAt: NOW + 900,
})

const person = (of: string, roles: Roles) => ({ id: of, roles, createdAt: NOW, suspendedAt: null, removedAt: null })

function enrolment(of: string, key: ReturnType<typeof passkey>, roles: Roles) {
  const name = payload(of, 'person', { name: 'Ada' })
  return {
    change: { kind: 'approver.enrol', approver: person(of, roles), passkey: key } as const,
    entries: [entry('approver.enrolled', undefined, { approver: of, payloads: [name.digest] })],
    payloads: [name],
  }
}

/** An act of administration, with the token that allows it. */
async function change(store: Store, recorded: ReturnType<typeof enrolment>) {
  const { allowed, parties, redeem } = await import('./fixtures.ts')
  const own = await parties(store)
  const open = allowed(own)
  await store.openRequest(open)
  return store.administer({ redeem: redeem(own, open.token?.issued ?? { jti: '' }), ...recorded })
}

const ISSUER = 'https://approve.example'
const BOUNDS = { issuer: ISSUER, maxBytes: 32_768 }

export function peopleContract(given: Given): void {
  it('changes itself without a token only before the first admin', async () => {
    const { store } = given()
    const added = agent()
    const change = { kind: 'agent.add', agent: added, credential: credential('agent', added.id), hash: hash() } as const
    expect(await store.hasAdmin()).toBe(false)
    expect(await store.administerAtBootstrap({ change, entries: [entry('agent.added')], ...BOUNDS })).toEqual({
      verdict: 'done',
    })
    expect(await store.administerAtBootstrap({ change, entries: [entry('agent.added')], ...BOUNDS })).toEqual({
      verdict: 'exists',
    })
    expect(await store.authenticate({ hash: change.hash, now: NOW })).toMatchObject({ kind: 'agent', agent: added })
  })

  it('has one open first-admin invitation, and one first admin', async () => {
    const { store } = given()
    const older = invitation({ bootstrap: true, roles: ['admin'] })
    const newer = invitation({ bootstrap: true, roles: ['admin', 'approver'] })
    expect(await store.offerBootstrap(older)).toEqual({ verdict: 'offered' })
    expect(await store.offerBootstrap(newer)).toEqual({ verdict: 'offered' })
    expect(await store.invitation({ hash: older.hash, now: NOW })).toBeUndefined()
    expect(await store.invitation({ hash: newer.hash, now: NOW })).toEqual(newer)
    expect(await store.invitation({ hash: newer.hash, now: newer.expiresAt })).toBeUndefined()

    const { print } = await store.registeredParties(ISSUER)
    const takers = Array.from({ length: 8 }, () => id())
    const verdicts = await Promise.all(
      takers.map((taker) =>
        store.enrolFirstAdmin({
          invitation: newer.hash,
          registered: { issuer: ISSUER, print },
          approver: person(taker, ['admin']),
          payloads: [payload(taker, 'person', { name: 'Ada' })],
          passkey: passkey(taker),
          entries: [entry('approver.enrolled')],
          now: NOW,
        }),
      ),
    )
    expect(verdicts.filter(({ verdict }) => verdict === 'enrolled')).toHaveLength(1)
    expect(verdicts.filter(({ verdict }) => verdict === 'invitation_gone')).toHaveLength(7)
    expect(await store.hasAdmin()).toBe(true)
    expect(await store.offerBootstrap(invitation({ bootstrap: true }))).toEqual({ verdict: 'admin_exists' })
    const added = agent()
    const late = { kind: 'agent.add', agent: added, credential: credential('agent', added.id), hash: hash() } as const
    expect(await store.administerAtBootstrap({ change: late, entries: [], ...BOUNDS })).toEqual({
      verdict: 'admin_exists',
    })
  })

  it('never revokes the last key of the last admin', async () => {
    const { store } = given()
    const admin = (await store.listApprovers()).find(({ roles }) => roles.includes('admin'))
    const first = admin?.passkeys[0]
    if (!admin || !first) throw new Error('there is no admin')
    expect(
      await store.revokePasskey({
        credentialId: first.credentialId,
        approver: admin.id,
        by: null,
        at: NOW,
        entriesFor: async () => [],
      }),
    ).toEqual({ verdict: 'last_admin_key' })
    const added = { passkey: passkey(admin.id), by: first, entries: [entry('credential.added')] }
    expect(await store.addPasskey(added)).toEqual({ verdict: 'added' })
    expect(
      await store.revokePasskey({
        credentialId: first.credentialId,
        approver: admin.id,
        by: null,
        at: NOW,
        entriesFor: async () => [entry('credential.revoked')],
      }),
    ).toEqual({ verdict: 'revoked' })
    expect(
      await store.revokePasskey({
        credentialId: first.credentialId,
        approver: admin.id,
        by: null,
        at: NOW,
        entriesFor: async () => [],
      }),
    ).toEqual({ verdict: 'unknown' })
    expect(await store.addPasskey({ ...added, passkey: passkey(admin.id) })).toEqual({ verdict: 'gone' })
    expect((await store.passkey(first.credentialId))?.revokedAt).toBe(NOW)
  })

  it('lets one of two keys of the last admin be revoked, and not both at once', async () => {
    const { store } = given()
    const admin = (await store.listApprovers()).find(({ roles }) => roles.includes('admin'))
    if (!admin) throw new Error('there is no admin')
    const [by] = admin.passkeys.filter(({ revokedAt }) => revokedAt === null)
    if (!by) throw new Error('they have no passkey')
    await store.addPasskey({ passkey: passkey(admin.id), by, entries: [] })
    const live = (await store.passkeysOf(admin.id)).filter(({ revokedAt }) => revokedAt === null)
    const verdicts = await Promise.all(
      live.map((key) =>
        store.revokePasskey({
          credentialId: key.credentialId,
          approver: admin.id,
          by: null,
          at: NOW,
          entriesFor: async () => [],
        }),
      ),
    )
    expect(verdicts.map(({ verdict }) => verdict).sort()).toEqual(['last_admin_key', 'revoked'])
  })

  it('enrols by an ordinary invitation, once, and forgets its name', async () => {
    const { store } = given()
    const enrolled = await enrol(store, ['approver', 'auditor'])
    expect(await store.approver(enrolled.id)).toEqual({
      id: enrolled.id,
      name: 'Ada',
      roles: ['approver', 'auditor'],
      groups: [],
      createdAt: NOW,
      suspendedAt: null,
      removedAt: null,
      absence: null,
      standsFor: [],
    })
    expect(await store.passkey(enrolled.key.credentialId)).toEqual(enrolled.key)
    expect(await store.approver(id())).toBeUndefined()
  })

  it('takes an invitation once, keeps the passkey that waits, and ends its waiting once', async () => {
    const { store } = given()
    const invited = invitation()
    await store.addInvitation({ invitation: invited, entry: entry('credential.added') })
    const held = waiting(invited.hash, passkey(id()))
    expect(await store.holdPasskey({ ...held, now: invited.expiresAt })).toEqual({ verdict: 'invitation_gone' })
    expect(await store.holdPasskey(held)).toEqual({ verdict: 'held' })
    expect(await store.holdPasskey(waiting(invited.hash, passkey(id())))).toEqual({ verdict: 'invitation_gone' })
    expect(await store.invitation({ hash: invited.hash, now: NOW })).toBeUndefined()
    const { kid } = held.passkey.key
    await store.askForEnrolment({ key: kid, request: 'asked' })
    const found = { passkey: held.passkey, proof: PROOF, request: 'asked' }
    expect(await store.waitingPasskey({ key: kid })).toEqual(found)
    expect(await store.waitingPasskey({ hash: held.hash })).toEqual(found)
    expect([await store.endWaiting(held), await store.endWaiting(held)]).toEqual([true, false])
  })

  it('enrols no passkey that does not wait', async () => {
    const { store } = given()
    const stranger = id()
    expect(await change(store, enrolment(stranger, passkey(stranger), ['admin']))).toEqual({ verdict: 'exists' })
    expect(await store.approver(stranger)).toBeUndefined()
  })

  it('refuses a passkey that is known, and leaves the invitation open', async () => {
    const { store } = given()
    const { key } = await enrol(store)
    const invited = invitation()
    await store.addInvitation({ invitation: invited, entry: entry('credential.added') })
    const again = { ...passkey(id()), credentialId: key.credentialId }
    expect(await store.holdPasskey(waiting(invited.hash, again))).toEqual({ verdict: 'credential_exists' })
    expect(await store.invitation({ hash: invited.hash, now: NOW })).toBeDefined()
    expect(await store.addPasskey({ passkey: key, by: key, entries: [] })).toEqual({ verdict: 'credential_exists' })
    expect(await store.addPasskey({ passkey: passkey(id()), by: key, entries: [] })).toEqual({ verdict: 'gone' })
  })

  it('holds a session from its start to its end', async () => {
    const { store } = given()
    const { id: approver, key } = await enrol(store)
    const { credentialId } = key
    const session = { hash: hash(), id: id(), approver, credentialId, createdAt: NOW, expiresAt: NOW + 3600 }
    const used = { credentialId: key.credentialId, counter: 7, backedUp: false, at: NOW + 1 }
    expect(await store.startSession({ session, passkey: used })).toBe(true)
    expect(
      await store.startSession({ session: { ...session, hash: hash() }, passkey: { ...used, credentialId: hash() } }),
    ).toBe(false)
    expect(await store.session({ hash: session.hash, now: NOW + 10 })).toMatchObject({
      id: approver,
      session: session.id,
    })
    expect(await store.passkey(key.credentialId)).toMatchObject({ counter: 7, backedUp: false, lastUsedAt: NOW + 1 })
    expect(await store.session({ hash: session.hash, now: session.expiresAt })).toBeUndefined()
    await store.endSession(session.hash)
    expect(await store.session({ hash: session.hash, now: NOW + 10 })).toBeUndefined()
  })

  it('lists a person’s sessions, and ends one, all, or those begun with a passkey that is revoked', async () => {
    const { store } = given()
    const { id: approver, key } = await enrol(store)
    const other = passkey(approver)
    await store.addPasskey({ passkey: other, by: key, entries: [] })
    const begin = async (credentialId: string, createdAt: number) => {
      const session = { hash: hash(), id: id(), approver, credentialId, createdAt, expiresAt: NOW + 3600 }
      const used = { credentialId, counter: 0, backedUp: false, at: NOW + 1 }
      expect(await store.startSession({ session, passkey: used })).toBe(true)
      return session
    }
    const listed = async (now = NOW + 10) => (await store.sessionsOf({ approver, now })).map((session) => session.id)
    const [first, second, third] = [
      await begin(key.credentialId, NOW),
      await begin(key.credentialId, NOW + 1),
      await begin(other.credentialId, NOW + 2),
    ]
    expect(await listed()).toEqual([third.id, second.id, first.id])
    expect(await listed(NOW + 3600)).toEqual([])
    expect(await store.endSessionsOf({ approver: id(), id: second.id })).toBe(0)
    expect(await store.endSessionsOf({ approver, id: second.id })).toBe(1)
    const entriesFor = async () => [entry('credential.revoked')]
    await store.revokePasskey({ credentialId: key.credentialId, approver, by: null, at: NOW + 5, entriesFor })
    expect(await listed()).toEqual([third.id])
    expect(await store.session({ hash: first.hash, now: NOW + 10 })).toBeUndefined()
    expect(await store.endSessionsOf({ approver, id: null })).toBe(1)
    expect(await listed()).toEqual([])
  })

  it('gives an offer to one of 32 takers, for its purpose, in time', async () => {
    const { store } = given()
    const offer = {
      challenge: hash(),
      purpose: 'sign-in',
      approver: null,
      request: null,
      context: { name: 'a name with \0 and "quotes"', label: "'; DROP TABLE offers; --" },
      expiresAt: NOW + 60,
    } as const
    await store.offer(offer)
    expect(await store.takeOffer({ challenge: offer.challenge, purpose: 'enrol', now: NOW })).toBeUndefined()
    expect(await store.takeOffer({ challenge: offer.challenge, purpose: 'sign-in', now: NOW + 60 })).toBeUndefined()
    const takers = Array.from({ length: 32 }, () =>
      store.takeOffer({ challenge: offer.challenge, purpose: 'sign-in', now: NOW }),
    )
    const taken = (await Promise.all(takers)).filter((taker) => taker !== undefined)
    expect(taken).toEqual([offer])
  })

  it('sweeps what has ended and leaves what has not', async () => {
    const { store } = given()
    const ended = {
      challenge: hash(),
      purpose: 'consent',
      approver: null,
      request: null,
      context: {},
      expiresAt: NOW,
    } as const
    const open = { ...ended, challenge: hash(), expiresAt: NOW + 1000 }
    await store.offer(ended)
    await store.offer(open)
    await store.sweep(NOW + 1)
    // Asked as of a moment when both were open.
    expect(await store.takeOffer({ challenge: ended.challenge, purpose: 'consent', now: NOW - 10 })).toBeUndefined()
    expect(await store.takeOffer({ challenge: open.challenge, purpose: 'consent', now: NOW - 10 })).toEqual(open)
  })
}
