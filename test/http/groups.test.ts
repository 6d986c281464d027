/** Groups of people: made, changed and removed by approved actions alone, and only of people who approve. */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { administer, enrolBy, mustSucceed, type Person } from '../setup/authority.ts'
import { type Cast, startCast, storyOf } from './cast.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
let cleo: Person
let audrey: Person
beforeAll(async () => {
  cast = await startCast()
  cleo = await enrolBy(cast.authority, cast.ada, 'Cleo')
  audrey = await enrolBy(cast.authority, cast.ada, 'Audrey', ['auditor'])
})
afterAll(() => cast.authority.stop())

const actionOf = (verb: string, args: { readonly name: string } & Record<string, string | number | string[]>) => ({
  name: `countersign.group.${verb}`,
  resource: `group:${args.name}`,
  arguments: args,
})
const change = (verb: string, args: Parameters<typeof actionOf>[1]) =>
  administer(cast.authority, cast.ada, actionOf(verb, args))
const propose = (verb: string, args: Parameters<typeof actionOf>[1]) =>
  cast.authority.operator.call('openRequest', {
    body: { audience: cast.authority.config.origin, action: { ...actionOf(verb, args), salt: newSalt() } },
  })
const listed = async () => mustSucceed(await cast.authority.operator.call('listGroups')).groups

describe('a group', () => {
  it('is made with its members, who are in it from then on', async () => {
    await change('add', { name: 'finance', members: [cast.ben.id, cleo.id] })
    expect(await listed()).toMatchObject([{ name: 'finance', members: [cast.ben.id, cleo.id], version: 1 }])
    expect((await cast.authority.store.approver(cast.ben.id))?.groups).toEqual(['finance'])
    expect((await cast.authority.store.approver(cast.ada.id))?.groups).toEqual([])
  })

  it('shows who comes and who goes, by name, before an admin consents', async () => {
    const { id } = mustSucceed(
      await propose('update', { name: 'finance', version: 1, members: [cleo.id, cast.ada.id] }),
    )
    const request = await cast.authority.store.request(id)
    expect(request?.preview?.content?.changes).toEqual([
      {
        label: 'Members of finance',
        before: `Ben Approver ${cast.ben.id}\nCleo ${cleo.id}`,
        after: `Ada Admin ${cast.ada.id}\nCleo ${cleo.id}`,
      },
    ])
  })

  it('is changed from the version that was read, once', async () => {
    await change('update', { name: 'finance', version: 1, members: [cleo.id] })
    expectRefusal(await propose('update', { name: 'finance', version: 1, members: [cast.ben.id] }), 'invalid_request')
    expect(await listed()).toMatchObject([{ members: [cleo.id], version: 2 }])
    expect((await cast.authority.store.approver(cast.ben.id))?.groups).toEqual([])
  })

  it('is changed by one of two approvals of the same version, and the other says so', async () => {
    const ready = async (members: string[]) => {
      const action = { ...actionOf('update', { name: 'finance', version: 2, members }), salt: newSalt() }
      const body = { audience: cast.authority.config.origin, action }
      const { id } = mustSucceed(await cast.authority.operator.call('openRequest', { body }))
      mustSucceed(await cast.ada.consent(id))
      const { token } = mustSucceed(await cast.authority.operator.call('collectToken', { params: { id } }))
      const headers = { 'approval-token': token }
      return () => cast.authority.operator.call('administer', { body: { action }, headers })
    }
    const both = [await ready([cast.ben.id]), await ready([cast.ada.id])]
    const answers = await Promise.all(both.map((perform) => perform()))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    const refused = answers.find(({ ok }) => !ok)
    if (refused) expectRefusal(refused, 'invalid_request')
    expect(await listed()).toMatchObject([{ version: 3 }])
  })

  it('is removed, and can be made anew; its version goes on', async () => {
    await change('remove', { name: 'finance' })
    expect(await listed()).toEqual([])
    expectRefusal(await propose('remove', { name: 'finance' }), 'not_found')
    expectRefusal(await propose('update', { name: 'finance', version: 4, members: [cleo.id] }), 'not_found')
    await change('add', { name: 'finance', members: [cleo.id] })
    expect(await listed()).toMatchObject([{ version: 5 }])
    expectRefusal(await propose('add', { name: 'finance', members: [cleo.id] }), 'invalid_request')
  })

  it('leaves an entry of each change', async () => {
    const types = await cast.authority.database.run<{ type: string; body: string }>({
      text: "SELECT type, body FROM entries WHERE type LIKE 'group.%' ORDER BY id",
      parameters: [],
    })
    expect(types.map(({ type }) => type)).toEqual([
      'group.added',
      'group.changed',
      'group.changed',
      'group.removed',
      'group.added',
    ])
    expect(JSON.parse(types[0]?.body ?? '')).toMatchObject({
      group: 'finance',
      members: [cast.ben.id, cleo.id],
      version: 1,
    })
  })
})

describe('what is no group', () => {
  it.each<[string, () => { name: string; members: string[] }, 'invalid_request' | 'not_found']>([
    ['the name of a role', () => ({ name: 'admin', members: [cleo.id] }), 'invalid_request'],
    ['a name with capitals', () => ({ name: 'Legal', members: [cleo.id] }), 'invalid_request'],
    ['a name with hidden characters', () => ({ name: 'le\u200bgal', members: [cleo.id] }), 'invalid_request'],
    ['nobody', () => ({ name: 'legal', members: [] }), 'invalid_request'],
    ['one person twice', () => ({ name: 'legal', members: [cleo.id, cleo.id] }), 'invalid_request'],
    [
      'more than an entry can name',
      () => ({ name: 'legal', members: Array.from({ length: 201 }, (_, at) => `p${at}`) }),
      'invalid_request',
    ],
    ['somebody unknown', () => ({ name: 'legal', members: [cleo.id, 'nobody'] }), 'not_found'],
    ['somebody who only audits', () => ({ name: 'legal', members: [audrey.id] }), 'not_found'],
  ])('is %s', async (_, args, code) => {
    expectRefusal(await propose('add', args()), code)
    expect((await listed()).map(({ name }) => name)).not.toContain('legal')
  })

  it('is what nobody consented to', async () => {
    const action = { ...actionOf('add', { name: 'legal', members: [cleo.id] }), salt: newSalt() }
    expectRefusal(await cast.authority.operator.call('administer', { body: { action } }), 'token_missing')
    expectRefusal(await cast.agent.call('listGroups'), 'forbidden')
  })
})

describe('the story of a change', () => {
  it('has its consent before the change', async () => {
    const action = { ...actionOf('add', { name: 'legal', members: [cleo.id] }), salt: newSalt() }
    const body = { audience: cast.authority.config.origin, action }
    const { id, trace } = mustSucceed(await cast.authority.operator.call('openRequest', { body }))
    mustSucceed(await cast.ada.consent(id))
    const { token } = mustSucceed(await cast.authority.operator.call('collectToken', { params: { id } }))
    mustSucceed(
      await cast.authority.operator.call('administer', { body: { action }, headers: { 'approval-token': token } }),
    )
    expect(await storyOf(cast.authority, trace)).toEqual([
      'request.created',
      'request.decided',
      'consent.given',
      'token.issued',
      'token.redeemed',
      'group.added',
    ])
  })
})
