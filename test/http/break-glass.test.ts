/** Break-glass: what the host opens lets one admin in; nothing that the database or the network holds does. */
import { getRandomValues } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { httpSource } from '../../src/audit/log/source.ts'
import { acknowledgeOnHost, openBreakGlass } from '../../src/authority/people/break-glass.ts'
import { newTrace } from '../../src/domain/approval/approval-request.ts'
import { breakGlassRow, passkeyRow } from '../../src/domain/identity/configuration-rows.ts'
import { hashSecret } from '../../src/domain/identity/credential.ts'
import { prepareEntry } from '../../src/domain/ledger/entry.ts'
import { generateLogKey, importLogKey, type LogJwk } from '../../src/domain/ledger/log-key.ts'
import { sealRow } from '../../src/domain/ledger/row-seal.ts'
import { logOrigin } from '../../src/domain/token/build-claims.ts'
import { nodeCrypto } from '../audit/world.ts'
import { settle } from '../ledger/ground.ts'
import { createAuthenticator } from '../setup/authenticator.ts'
import { administer, enrol, enrolBy, mustSucceed, type Person, pageOf, startAuthority } from '../setup/authority.ts'
import { type Cast, credentialFor, propose, startCast } from './cast.ts'
import { asDatabaseOwner } from './database.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
let jwk: LogJwk
beforeAll(async () => {
  jwk = await generateLogKey()
  cast = await startCast({ settings: { COUNTERSIGN_LOG_KEY: JSON.stringify(jwk) } })
})
afterAll(() => cast.authority.stop())

const randomBytes = (count: number) => getRandomValues(new Uint8Array(count))

/** As the command does it, by the key of the log or another one. */
async function open(key = jwk) {
  const { config, store, now } = cast.authority
  const logKey = await importLogKey(key, logOrigin(config.origin))
  return mustSucceed2(await openBreakGlass({ config, store, logKey, now, randomBytes }, 'Both phones are lost'))
}

const mustSucceed2 = <T>(result: { ok: true; value: T } | { ok: false; refusal: object }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return result.value
}

const acknowledge = (person: Person, id: string) => person.page.call('acknowledgeBreakGlass', { params: { id } })
const waits = async (link: string) => (await enrol(cast.authority, link, 'Eve')).id

async function verify() {
  const { authority, ada } = cast
  const credential = await credentialFor(authority, ada, 'auditor', 'revision')
  await settle(authority.services.ledger, authority.store)
  const fetchFrom = (input: string | URL | Request, init?: RequestInit) => authority.fetch(String(input), init)
  const { noteKey } = await importLogKey(jwk, logOrigin(authority.config.origin))
  const source = httpSource({ url: authority.config.origin, fetch: fetchFrom, credential })
  return audit({ source, key: noteKey, kept: [], crypto: nodeCrypto, now: authority.now() })
}

describe('a break-glass', () => {
  it('lets one new admin in, whose consents count, and is shouted about until another admin acknowledges it', async () => {
    const { authority, ada, ben } = cast
    const { id, link } = await open()
    await authority.services.sweep()
    expect(authority.services.unacknowledgedBreakGlass()).toBe(1)
    const invitation = new URL(link).hash.slice(1)
    expect(mustSucceed(await pageOf(authority).call('viewInvitation', { body: { invitation } }))).toMatchObject({
      break_glass: true,
      break_glass_reason: 'Both phones are lost',
      bootstrap: false,
      roles: ['admin', 'approver'],
    })
    const grace = await enrol(authority, link, 'Grace')
    mustSucceed(await grace.page.call('listApprovers'))
    await administer(authority, grace, {
      name: 'countersign.agent.add',
      resource: 'agent:after-agent',
      arguments: { id: 'after-agent' },
    })
    expect(await authority.services.people.breakGlass()).toMatchObject([
      { id, letIn: grace.id, reason: 'Both phones are lost' },
    ])
    expect(await authority.services.examineSelf()).toContainEqual(
      expect.objectContaining({ subject: 'break-glass', well: false, words: expect.stringContaining(grace.id) }),
    )
    expectRefusal(await acknowledge(grace, id), 'forbidden')
    expectRefusal(await acknowledge(ben, id), 'forbidden')
    expectRefusal(await authority.operator.call('acknowledgeBreakGlass', { params: { id } }), 'forbidden')
    mustSucceed(await acknowledge(ada, id))
    expectRefusal(await acknowledge(ada, id), 'not_found')
    expect(authority.services.unacknowledgedBreakGlass()).toBe(0)
    expectRefusal(
      await pageOf(authority).call('enrolOptions', { body: { invitation, name: 'Eve', label: 'Again' } }),
      'not_found',
    )
  })

  it('is followed by a process that starts, and named by an audit that finds nothing else', async () => {
    const again = await startAuthority({
      databaseUrl: String(cast.authority.databaseUrl),
      settings: { COUNTERSIGN_ORIGIN: cast.authority.config.origin, COUNTERSIGN_LOG_KEY: JSON.stringify(jwk) },
    })
    try {
      expect(again.services.findings()).toEqual([])
      expect((await again.operator.call('listAgents')).ok).toBe(true)
    } finally {
      await again.stop()
    }
    expect(await verify()).toMatchObject({
      total: 0,
      breakGlass: [{ approver: expect.any(String), acknowledgedBy: cast.ada.id }],
    })
  })

  it('ends after a quarter of an hour', async () => {
    const { link } = await open()
    cast.authority.advance(901)
    const invitation = new URL(link).hash.slice(1)
    expectRefusal(await pageOf(cast.authority).call('viewInvitation', { body: { invitation } }), 'not_found')
  })

  it('is withdrawn by any admin before it is used', async () => {
    const { link } = await open()
    const hash = await hashSecret(new URL(link).hash.slice(1))
    mustSucceed(await cast.ada.page.call('withdrawInvitation', { params: { id: hash } }))
    await expect(enrol(cast.authority, link, 'Eve')).rejects.toThrow('not_found')
  })

  it('approves nothing by itself: a request that waits goes on waiting', async () => {
    const { id } = await propose(cast.agent)
    await open()
    expect(mustSucceed(await cast.agent.call('viewRequest', { params: { id } })).state).toBe('pending')
  })
})

describe('an acknowledgement', () => {
  it('counts for what was let in, or once nobody can be: before that it is refused', async () => {
    const { authority, ada } = cast
    const { id, link } = await open()
    const early = await acknowledge(ada, id)
    expectRefusal(early, 'invalid_request')
    expect(early.status).toBe(409)
    const mary = await enrol(authority, link, 'Mary')
    expect(await authority.services.people.breakGlass()).toContainEqual(
      expect.objectContaining({ id, letIn: mary.id, isOpen: false }),
    )
    mustSucceed(await acknowledge(ada, id))
    const unused = await open()
    authority.advance(901)
    mustSucceed(await acknowledge(ada, unused.id))
  })

  it('is decided in turn with the letting in, whoever read what before', async () => {
    const { store, now } = cast.authority
    const { id, link } = await open()
    const hash = await hashSecret(new URL(link).hash.slice(1))
    const entry = await prepareEntry('breakglass.acknowledged', now(), newTrace(randomBytes), { breakglass: id })
    expect(await store.acknowledgeBreakGlass({ hash, entry, now: now() })).toEqual({ verdict: 'open' })
    expect((await store.configurationEntries(0)).some(({ body }) => body === entry.body)).toBe(false)
  })

  it('takes nobody whose enrolment, roles or recovery the admin let in may have consented to', async () => {
    const { authority, ada, ben } = cast
    const { id, link } = await open()
    const grace = await enrol(authority, link, 'Grace again')
    const twin = await enrolBy(authority, grace, 'Twin', ['approver', 'admin'])
    await administer(authority, grace, {
      name: 'countersign.approver.update',
      resource: `approver:${ben.id}`,
      arguments: { approver: ben.id, replaces: ['approver'], roles: ['admin', 'approver'] },
    })
    for (const person of [grace, twin, ben]) expectRefusal(await acknowledge(person, id), 'forbidden')
    const later = await open()
    authority.advance(901)
    mustSucceed(await acknowledge(twin, later.id))
    mustSucceed(await acknowledge(ada, id))
  })

  it('is the host’s where no admin from before is left', async () => {
    const { config, store, now, services } = cast.authority
    const { id, link } = await open()
    const host = { store, now, logKey: await importLogKey(jwk, logOrigin(config.origin)) }
    expect(await acknowledgeOnHost(host, id)).toMatchObject({ refusal: { code: 'invalid_request' } })
    expect(await acknowledgeOnHost(host, 'A'.repeat(22))).toMatchObject({ refusal: { code: 'not_found' } })
    await enrol(cast.authority, link, 'Hopper')
    mustSucceed2(await acknowledgeOnHost(host, id))
    expect((await services.people.breakGlass()).map((one) => one.id)).toContain(id)
    await services.sweep()
    expect((await services.people.breakGlass()).map((one) => one.id)).not.toContain(id)
    const found = await verify()
    expect(found).toMatchObject({ total: 0 })
    expect(found.breakGlass.map(({ acknowledgedBy }) => acknowledgedBy)).toContain('operator')
  })
})

describe('the database alone', () => {
  it('opens none: an entry without the seal of the log’s key makes a link an invitation, which waits for an admin', async () => {
    const { link } = await open(await generateLogKey())
    const id = await waits(link)
    expect((await cast.authority.store.approver(id)) ?? null).toBeNull()
  })

  it('opens none again: a link that was used, given back with another secret, opens nothing', async () => {
    const { link } = await open()
    const grace = await enrol(cast.authority, link, 'Second')
    const secret = 'C'.repeat(43)
    const hash = await hashSecret(secret)
    const used = await hashSecret(new URL(link).hash.slice(1))
    await asDatabaseOwner(
      cast.authority,
      (sql) => sql`UPDATE invitations SET taken_at = NULL, hash = ${hash} WHERE hash = ${used}`,
    )
    const asked = await enrol(cast.authority, `${cast.authority.config.origin}/enrol#${secret}`, 'Eve')
    expect((await cast.authority.store.approver(asked.id)) ?? null).toBeNull()
    await asDatabaseOwner(
      cast.authority,
      (sql) => sql`UPDATE invitations SET taken_at = NULL, hash = ${used} WHERE hash = ${hash}`,
    )
    const again = await enrol(cast.authority, link, 'Eve')
    expect((await cast.authority.store.approver(again.id)) ?? null).toBeNull()
    mustSucceed(await grace.page.call('inbox'))
  })

  it('lets nobody in: a person and a key written beside an open one are refused', async () => {
    const { authority } = cast
    const { id } = await open()
    const own = await createAuthenticator(authority.config)
    const eve = 'E'.repeat(22)
    const stated = { approver: eve, breakglass: id }
    const trace = newTrace(randomBytes)
    const other = await importLogKey(await generateLogKey(), logOrigin(authority.config.origin))
    const seal = await sealRow(other, passkeyRow({ approver: eve, key: own.approverKey }))
    const members = { ...stated, credential: own.credentialId, public_key: { ...own.approverKey }, seal }
    await authority.store.appendEntries([
      await prepareEntry('approver.enrolled', authority.now(), trace, { ...stated, roles: ['admin', 'approver'] }),
      await prepareEntry('credential.added', authority.now(), trace, members),
    ])
    await asDatabaseOwner(authority, async (sql) => {
      await sql`INSERT INTO approvers (id, roles, created_at) VALUES (${eve}, '["admin","approver"]', 0)`
      await sql`INSERT INTO passkeys (credential_id, approver, label, key, counter, backed_up, transports, aaguid, created_at)
        VALUES (${own.credentialId}, ${eve}, '', ${JSON.stringify(own.approverKey)}::text::json, 0, false, '[]', '', 0)`
    })
    authority.advance(11)
    await authority.services.sweep()
    expect(authority.services.findings().map(({ kind }) => kind)).toEqual(['person'])
    expect(authority.services.unacknowledgedBreakGlass()).toBeGreaterThan(0)
    const { findings } = await verify()
    expect(findings.map(({ code }) => code)).toContain('break_glass_unproven')
  })

  it('ends no warning', async () => {
    const { authority, ada } = cast
    const { id } = await open()
    await authority.services.sweep()
    const before = authority.services.unacknowledgedBreakGlass()
    const other = await importLogKey(await generateLogKey(), logOrigin(authority.config.origin))
    const row = breakGlassRow({ id, hash: '', openedAt: 0, expiresAt: 0 })
    const members = { breakglass: id, approver: ada.id, seal: await sealRow(other, row) }
    await authority.store.appendEntries([
      await prepareEntry('breakglass.acknowledged', authority.now(), newTrace(randomBytes), members),
    ])
    await authority.services.sweep()
    expect(authority.services.unacknowledgedBreakGlass()).toBe(before)
  })
})
