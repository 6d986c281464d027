/**
 * A stolen or hostile credential of a directory sends calls that are cheap to write and dear to carry out. Each is refused
 * by a count, before the work, and what people stop meanwhile stops.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, startCast } from '../http/cast.ts'
import { createGroup, createUser, patch, type Scim, startDirectory, user } from '../scim/ground.ts'
import { mustSucceed } from '../setup/authority.ts'

let cast: Cast
let scim: Scim
let id: string
let group: string
beforeAll(async () => {
  cast = await startCast()
  scim = await startDirectory(cast)
  id = await createUser(scim, 'work@example.com')
  group = await createGroup(scim, [id])
})
afterAll(() => cast.authority.stop())

const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))
const dear = many(50, () => 'type sw "x"').join(' or ')
const removals = many(199, () => ({ op: 'remove', path: `emails[${dear}]` }))
const emails = (count: number) => many(count, (at) => ({ value: `${at}@example.com`, type: 'y'.repeat(200) }))
const tooMany = { status: 400, body: { scimType: 'tooMany' } }
const invalid = { status: 400, body: { scimType: 'invalidValue' } }

describe('a PATCH', () => {
  it('of 60,000 values and filters of 50 comparisons is refused, and a kill switch engages beside it', async () => {
    const bomb = patch({ op: 'replace', path: 'emails', value: many(60_000, () => 0) }, ...removals.slice(0, 30))
    const [answer, killed] = await Promise.all([
      scim('PATCH', `/Users/${id}`, bomb),
      cast.ada.page.call('engageKillSwitch', { body: { selector: { agent: 'helpdesk-agent' }, reason: 'stop' } }),
    ])
    expect(answer).toMatchObject(tooMany)
    mustSucceed(killed)
  })

  it('of a legal list and many dear filters runs out of work', async () => {
    const operations = patch({ op: 'replace', path: 'emails', value: emails(20) }, ...removals)
    expect(await scim('PATCH', `/Users/${id}`, operations)).toMatchObject(tooMany)
    expect((await scim('GET', `/Users/${id}`)).body.emails).toBeUndefined()
  })

  it('holds no list longer than it may end as, also between operations', async () => {
    const operations = patch(
      { op: 'add', path: 'emails', value: emails(15) },
      { op: 'add', path: 'emails', value: many(15, (at) => ({ value: `more-${at}@example.com` })) },
      { op: 'remove', path: 'emails' },
    )
    expect(await scim('PATCH', `/Users/${id}`, operations)).toMatchObject(invalid)
  })

  it.each([
    ['a long text', { op: 'add', path: 'emails', value: [{ value: 'x'.repeat(100_000) }] }],
    ['a long member', { op: 'replace', path: 'emails[value eq "a"].type', value: 'x'.repeat(100_000) }],
    ['an object in place of a text', { op: 'add', path: 'emails', value: [{ value: { value: 'a' } }] }],
    ['a list in place of a text', { op: 'replace', path: 'name', value: { givenName: ['a'] } }],
    ['more members than a group has', { op: 'add', path: 'members', value: many(201, (at) => ({ value: `p${at}` })) }],
  ])('refuses %s', async (_, operation) => {
    const path = operation.path === 'members' ? `/Groups/${group}` : `/Users/${id}`
    expect(await scim('PATCH', path, patch(operation))).toMatchObject(invalid)
  })

  it('takes as many removals of one member each as a group can need', async () => {
    const ids = [id, ...(await Promise.all(many(9, (at) => createUser(scim, `member-${at}@example.com`))))]
    const operations = many(190, (at) => ({ op: 'remove', path: `members[value eq "nobody-${at}"]` }))
    const add = { op: 'add', path: 'members', value: [...ids, ...ids].map((value) => ({ value, display: 'x' })) }
    const answer = await scim('PATCH', `/Groups/${group}`, patch(add, ...operations))
    expect(answer.body.members).toHaveLength(10)
  })
})

it('a body of too many values is refused, whatever it is of', async () => {
  const values = many(5000, () => ({}))
  for (const [method, path, body] of [
    ['POST', '/Users', user('many@example.com', { roles: values })],
    ['PUT', `/Users/${id}`, user('work@example.com', { 'urn:x:y': { deep: { er: values } } })],
    ['PUT', `/Groups/${group}`, { displayName: 'Finance Approvers', members: values }],
    ['PATCH', `/Users/${id}`, patch({ op: 'add', value: Object.fromEntries(values.map((_, at) => [`a${at}`, 1])) })],
  ] as const) {
    expect(await scim(method, path, body), path).toMatchObject(tooMany)
  }
})

it.each([
  '{"userName":"a","USERNAME":"b"}',
  '{"userName":"a","name":{"givenName":"a","givenname":"b"}}',
  '{"userName":"a","emails":[{"value":"a","Value":"b"}]}',
  '{"userName":"a","urn:x:y":{"deep":{"a":1,"A":2}}}',
])('no name stands twice in another case: %s', async (body) => {
  expect(await scim('POST', '/Users', body)).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } })
})

it('an operation sets nothing twice, under whatever names', async () => {
  for (const value of [
    { displayName: 'a', DISPLAYNAME: 'b' },
    { displayName: 'a', 'urn:ietf:params:scim:schemas:core:2.0:User:displayName': 'b' },
    { 'name.givenName': 'a', 'NAME.givenname': 'b' },
  ]) {
    const answer = await scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value }))
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } })
  }
})
