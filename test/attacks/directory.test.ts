/**
 * Stolen or hostile: a directory's credential, and the database behind a directory.
 * The credential says who is in the groups that admins gave it, and takes rights away; it lets nobody in. SQL makes no
 * directory, no membership and no name that counts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareEntry } from '../../src/domain/ledger/entry.ts'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import { type Cast, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import {
  createGroup,
  createUser,
  digestOf,
  enrolProvisioned,
  newSecret,
  patch,
  type Scim,
  scimOf,
  startDirectory,
} from '../scim/ground.ts'
import { administer, enrolBy, mustSucceed, type Person, startAuthority } from '../setup/authority.ts'

let cast: Cast
let scim: Scim & { readonly secret: string }
let mallory: Person
let fay: Person
let group: string
let logKey: string
beforeAll(async () => {
  logKey = JSON.stringify(await generateLogKey())
  cast = await startCast({ settings: { COUNTERSIGN_LOG_KEY: logKey } })
  scim = await startDirectory(cast)
  mallory = await enrolBy(cast.authority, cast.ada, 'Mallory')
  fay = await enrolProvisioned(cast, await createUser(scim, 'fay@example.com'), 'Fay')
  group = await createGroup(scim, [fay.id])
})
afterAll(() => cast.authority.stop())

const groupsOf = async (id: string) => (await cast.authority.store.approver(id))?.groups
const inForce = async (id: string) => (await cast.authority.services.people.view(id)).ok && groupsOfProven(id)
const groupsOfProven = async (id: string) => {
  const person = await cast.authority.services.people.view(id)
  return person.ok ? person.value.groups : []
}
type Run<T> = Parameters<typeof asDatabaseOwner<T>>[1]
const sql = <T>(run: Run<T>) => asDatabaseOwner(cast.authority, run)
const findings = () => cast.authority.services.findings().map(({ kind, id }) => ({ kind, id }))

describe('the credential of a directory', () => {
  it('lets nobody in, and makes nobody an admin', async () => {
    const id = await createUser(scim, 'stranger@example.com', { roles: [{ value: 'admin' }] })
    expect(await cast.authority.store.approver(id)).toBeUndefined()
    const { link } = mustSucceed(await cast.ada.page.call('inviteProvisioned', { params: { id } }))
    const invitation = new URL(link).hash.slice(1)
    const { roles } = mustSucceed(await cast.ben.page.call('viewInvitation', { body: { invitation } }))
    expect(roles).toEqual(['approver'])
  })

  it('reaches only people whom it named, and groups that admins gave it', async () => {
    for (const path of [`/Users/${cast.ada.id}`, `/Users/${mallory.id}`]) {
      expect((await scim('GET', path)).status).toBe(404)
      expect((await scim('DELETE', path)).status).toBe(404)
    }
    expect((await scim('POST', '/Groups', { displayName: 'admin' })).status).toBe(403)
    const add = patch({ op: 'add', path: 'members', value: [{ value: mallory.id }] })
    expect((await scim('PATCH', `/Groups/${group}`, add)).status).toBe(400)
    expect(await groupsOf(mallory.id)).toEqual([])
  })

  it('does not take the last admin', async () => {
    const other = await startAuthorityWithAdminOfDirectory()
    const off = patch({ op: 'replace', path: 'active', value: false })
    for (const [method, body] of [
      ['PATCH', off],
      ['DELETE', undefined],
    ] as const) {
      expect((await other.scim(method, `/Users/${other.admin}`, body)).status).toBe(403)
    }
    expect(await other.cast.authority.store.approver(other.admin)).toMatchObject({ suspendedAt: null, removedAt: null })
    await other.cast.authority.stop()
  })
})

/** An authority whose only admin a directory named. */
async function startAuthorityWithAdminOfDirectory() {
  const other = await startCast()
  const calls = await startDirectory(other)
  const id = await createUser(calls, 'boss@example.com')
  const boss = await enrolProvisioned(other, id, 'Boss')
  await administer(other.authority, other.ada, {
    name: 'countersign.approver.update',
    resource: `approver:${boss.id}`,
    arguments: { approver: boss.id, replaces: ['approver'], roles: ['approver', 'admin'] },
  })
  await administer(other.authority, other.ada, {
    name: 'countersign.approver.update',
    resource: `approver:${other.ada.id}`,
    arguments: { approver: other.ada.id, replaces: ['admin', 'approver'], roles: ['approver'] },
  })
  return { cast: other, scim: calls, admin: boss.id }
}

describe('by SQL', () => {
  it('another credential is put in the place of the directory’s: it opens nothing, and one finding', async () => {
    const own = newSecret()
    await sql((run) => run`UPDATE directories SET secret = ${digestOf(own)}`)
    expect((await scimOf(cast, own)('GET', '/Users')).status).toBe(401)
    expect(findings()).toEqual([{ kind: 'directory', id: 'entra' }])
    await sql((run) => run`UPDATE directories SET secret = ${digestOf(scim.secret)}`)
    expect((await scim('GET', '/Users')).status).toBe(200)
    expect(findings()).toEqual([])
  })

  it('a directory is made, or given another group: neither counts', async () => {
    const own = newSecret()
    await sql(
      (run) => run`INSERT INTO directories SELECT 'mine', groups, ${digestOf(own)}, expires_at, 1, created_at
      FROM directories WHERE name = 'entra'`,
    )
    expect((await scimOf(cast, own)('GET', '/Users')).status).toBe(401)
    await sql((run) => run`DELETE FROM directories WHERE name = 'mine'`)
    const wide = JSON.stringify([{ group: 'legal', displayName: 'Legal' }])
    const [before] = await sql((run) => run`SELECT groups FROM directories`)
    await sql((run) => run`UPDATE directories SET groups = ${wide}::text::json`)
    expect((await scim('POST', '/Groups', { displayName: 'Legal' })).status).toBe(401)
    await sql((run) => run`UPDATE directories SET groups = ${JSON.stringify(before?.['groups'])}::text::json`)
  })

  it('somebody is put into a group: the row does not count', async () => {
    await sql((run) => run`UPDATE groups SET members = members || ${JSON.stringify([mallory.id])}::text::jsonb`)
    expect(await groupsOf(mallory.id)).toEqual(['finance'])
    expect(await inForce(mallory.id)).toEqual([])
    await sql((run) => run`UPDATE groups SET members = members - ${mallory.id}`)
    expect(await inForce(fay.id)).toEqual(['finance'])
  })

  it('an entry about a membership is written, or an old one again: it proves nothing', async () => {
    const { now } = cast.authority
    const forged = { directory: 'entra', group: 'finance', version: 99, members: [mallory.id], seal: '— x AAAAAAAA\n' }
    await cast.authority.store.appendEntries([await prepareEntry('group.synced', now(), 'b'.repeat(32), forged)])
    const [first] = await sql((run) => run`SELECT body FROM entries WHERE type = 'group.synced' ORDER BY id LIMIT 1`)
    await scim('PATCH', `/Groups/${group}`, patch({ op: 'remove', path: 'members' }))
    const { v: _v, type: _t, at: _a, trace: _tr, ...old } = JSON.parse(first?.['body'])
    await cast.authority.store.appendEntries([await prepareEntry('group.synced', now(), 'c'.repeat(32), old)])
    await sql((run) => run`UPDATE groups SET members = ${JSON.stringify(old.members)}::text::jsonb`)
    expect(await inForce(fay.id)).toEqual([])
    const other = await startAuthority({
      databaseUrl: cast.authority.databaseUrl ?? '',
      settings: { COUNTERSIGN_ORIGIN: cast.authority.config.origin, COUNTERSIGN_LOG_KEY: logKey },
    })
    const seen = await other.services.people.view(fay.id)
    expect(seen.ok && seen.value.groups).toEqual([])
    await other.stop()
    await sql((run) => run`UPDATE groups SET members = '[]'`)
    await scim('PATCH', `/Groups/${group}`, patch({ op: 'add', path: 'members', value: [{ value: fay.id }] }))
    expect(await inForce(fay.id)).toEqual(['finance'])
  })

  it('a name is given to somebody else: nobody is there under it, and one finding', async () => {
    const id = await createUser(scim, 'grace@example.com')
    await sql(
      (run) => run`UPDATE provisioned SET key = 'heir@example.com',
      attributes = '{"userName":"heir@example.com","active":true}' WHERE id = ${id}`,
    )
    const found = await scim('GET', `/Users?filter=${encodeURIComponent('userName eq "heir@example.com"')}`)
    expect(found.body.totalResults).toBe(0)
    expect(findings()).toContainEqual({ kind: 'provisioned', id })
    expect((await scim('GET', `/Users/${id}`)).status).toBe(404)
  })
})

it('a change of the log’s key loses nothing that a directory said', async () => {
  const fresh = await startCast({ settings: { COUNTERSIGN_LOG_KEY: logKey } })
  const calls = await startDirectory(fresh)
  const person = await enrolProvisioned(fresh, await createUser(calls, 'gus@example.com'), 'Gus')
  await createGroup(calls, [person.id])
  const next = JSON.stringify(await generateLogKey())
  const again = (settings: Readonly<Record<string, string>>) =>
    startAuthority({
      databaseUrl: fresh.authority.databaseUrl ?? '',
      settings: { COUNTERSIGN_ORIGIN: fresh.authority.config.origin, ...settings },
    })
  const both = await again({ COUNTERSIGN_LOG_KEY: logKey, COUNTERSIGN_LOG_KEY_NEXT: next })
  await both.stop()
  const after = await again({ COUNTERSIGN_LOG_KEY: next })
  const view = await after.services.people.view(person.id)
  expect(view.ok && view.value.groups).toEqual(['finance'])
  expect((await scimOf({ authority: after } as never, calls.secret)('GET', '/Users')).body.totalResults).toBe(1)
  await after.stop()
  await fresh.authority.stop()
})
