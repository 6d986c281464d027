/** A person comes, changes groups and leaves by the word of a directory, as far as admins consented to it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Cast, propose, startCast } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, enrol, mustSucceed } from '../setup/authority.ts'
import { createGroup, createUser, enrolProvisioned, patch, type Scim, startDirectory } from './ground.ts'

let cast: Cast
let scim: Scim
beforeEach(async () => {
  cast = await startCast()
  scim = await startDirectory(cast)
})
afterEach(() => cast.authority.stop())

const groupsOf = async (id: string) => (await cast.authority.store.approver(id))?.groups

describe('a person whom a directory names', () => {
  it('has no right until they made a passkey and an admin consented to it; their groups wait for them', async () => {
    const id = await createUser(scim, 'fay@example.com', { displayName: 'Fay' })
    await createGroup(scim, [id])
    expect(await cast.authority.store.approver(id)).toBeUndefined()
    const { awaited } = mustSucceed(await cast.ada.page.call('listDirectories'))
    expect(awaited).toEqual([{ id, name: 'Fay', user_name: 'fay@example.com', directory: 'entra' }])
    const fay = await enrolProvisioned(cast, id, 'Fay')
    expect(fay.id).toBe(id)
    expect(await groupsOf(id)).toEqual(['finance'])
    expect(mustSucceed(await cast.ada.page.call('listDirectories')).awaited).toEqual([])
  })

  it('loses everything at once when it deactivates them', async () => {
    const id = await createUser(scim, 'fay@example.com')
    const fay = await enrolProvisioned(cast, id, 'Fay')
    const request = await propose(cast.agent)
    mustSucceed(await fay.consent(request.id))
    const off = await scim('PATCH', `/Users/${id}`, patch({ op: 'Replace', path: 'active', value: 'False' }))
    expect(off).toMatchObject({ status: 200, body: { active: false } })
    expectRefusal(await fay.page.call('listSessions'), 'unauthenticated')
    expectRefusal(await cast.agent.call('collectToken', { params: { id: request.id } }), 'request_pending')
    const { suspended_at: since } = mustSucceed(await cast.ada.page.call('viewPerson', { params: { id } }))
    expect(since).not.toBeNull()
  })

  it('does not come back by its word alone', async () => {
    const id = await createUser(scim, 'fay@example.com')
    const fay = await enrolProvisioned(cast, id, 'Fay')
    await scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }))
    await scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }))
    expectRefusal(await fay.page.call('listSessions'), 'unauthenticated')
    await administer(cast.authority, cast.ada, {
      name: 'countersign.approver.restore',
      resource: `approver:${id}`,
      arguments: { approver: id },
    })
    expect(await cast.authority.store.approver(id)).toMatchObject({ suspendedAt: null })
  })
})

it('a person whom it deletes leaves its groups in the same transaction, enrolled or not', async () => {
  const [fay, gus] = [await createUser(scim, 'fay@example.com'), await createUser(scim, 'gus@example.com')]
  await enrolProvisioned(cast, fay, 'Fay')
  const group = await createGroup(scim, [fay, gus])
  for (const [gone, left] of [
    [fay, [gus]],
    [gus, []],
  ] as const) {
    expect((await scim('DELETE', `/Users/${gone}`)).status).toBe(204)
    expect(await cast.authority.store.group('finance')).toMatchObject({ members: left, removedAt: null })
  }
  const heir = await createUser(scim, 'fay@example.com')
  const add = { op: 'add', path: 'members', value: [{ value: heir }] }
  expect((await scim('PATCH', `/Groups/${group}`, patch(add))).body.members).toEqual([{ value: heir }])
  expect(cast.authority.services.findings()).toEqual([])
})

it('what a directory said of a person stands before the admin who lets them in', async () => {
  const id = await createUser(scim, 'fay@example.com', { displayName: 'Fay' })
  await createGroup(scim, [id])
  const { link } = mustSucceed(await cast.ada.page.call('inviteProvisioned', { params: { id } }))
  await enrol(cast.authority, link, 'Fay')
  const { requests } = mustSucceed(await cast.ada.page.call('inbox', {}))
  const request = await cast.authority.store.request(requests[0]?.id ?? '')
  const said = request?.preview?.content?.changes.find(({ label }) => label === 'Named by a directory')?.after
  for (const words of ['entra', 'fay@example.com', 'finance']) expect(said).toContain(words)
})

it('nobody lets somebody back in whom a directory has deactivated', async () => {
  const id = await createUser(scim, 'fay@example.com')
  await enrolProvisioned(cast, id, 'Fay')
  await scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }))
  const restore = {
    name: 'countersign.approver.restore',
    resource: `approver:${id}`,
    arguments: { approver: id },
  }
  await expect(administer(cast.authority, cast.ada, restore)).rejects.toThrow('has deactivated them')
})
