/**
 * SCIM as its clients speak it: requests as Entra ID's and Okta's documentation has them, and every refusal in SCIM's own
 * form. RFC 7643, RFC 7644.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { mustSucceed } from '../setup/authority.ts'
import {
  createGroup,
  createUser,
  FINANCE,
  newSecret,
  patch,
  type Scim,
  scimOf,
  startDirectory,
  user,
} from './ground.ts'

let cast: Cast
let scim: Scim
beforeAll(async () => {
  cast = await startCast()
  scim = await startDirectory(cast)
})
afterAll(() => cast.authority.stop())

const list = (filter: string, more = '') => scim('GET', `/Users?filter=${encodeURIComponent(filter)}${more}`)
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error'

describe('Entra ID', () => {
  it('looks for a user who is not there, creates them, and finds them without regard to case', async () => {
    const none = await list('userName eq "Test_User_ab6490ee@example.com"')
    expect(none).toMatchObject({
      status: 200,
      body: { totalResults: 0, Resources: [], startIndex: 1, itemsPerPage: 0 },
    })
    const made = await scim('POST', '/Users', {
      schemas: [
        'urn:ietf:params:scim:schemas:core:2.0:User',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      ],
      externalId: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
      userName: 'Test_User_ab6490ee@example.com',
      active: true,
      displayName: 'Test User',
      emails: [{ primary: true, type: 'work', value: 'Test_User_fd0ea19b@example.com' }],
      meta: { resourceType: 'User' },
      name: { formatted: 'givenName familyName', familyName: 'familyName', givenName: 'givenName' },
      roles: [],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'bob' },
    })
    expect(made).toMatchObject({ status: 201, body: { active: true, name: { givenName: 'givenName' } } })
    expect(made.headers.get('content-type')).toBe('application/scim+json')
    expect(made.headers.get('location')).toBe(made.body.meta.location)
    const found = await list('userName eq "test_user_AB6490EE@example.com"')
    expect(found.body.Resources.map(({ id }: { id: string }) => id)).toEqual([made.body.id])
    const external = await list('externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"')
    expect(external.body.totalResults).toBe(1)
  })

  it('patches with capitals, texts for flags, paths with filters, and values without a path', async () => {
    const id = await createUser(scim, 'patched@example.com')
    const answer = await scim(
      'PATCH',
      `/Users/${id}`,
      patch(
        { op: 'Replace', path: 'emails[type eq "work"].value', value: 'updatedEmail@example.com' },
        { op: 'Replace', path: 'name.familyName', value: 'updatedFamilyName' },
        { op: 'Add', path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', value: 'x' },
        { op: 'Replace', value: { 'name.givenName': 'Given', displayName: 'Shown', active: 'True' } },
      ),
    )
    expect(answer).toMatchObject({
      status: 200,
      body: {
        active: true,
        displayName: 'Shown',
        emails: [{ type: 'work', value: 'updatedEmail@example.com' }],
        name: { familyName: 'updatedFamilyName', givenName: 'Given' },
      },
    })
    const off = await scim('PATCH', `/Users/${id}`, patch({ op: 'Replace', path: 'active', value: 'False' }))
    expect(off.body.active).toBe(false)
  })

  it('adds, removes and looks for members of a group', async () => {
    const [one, two] = [await createUser(scim, 'one@example.com'), await createUser(scim, 'two@example.com')]
    const id = await createGroup(scim, [])
    const found = await scim(
      'GET',
      `/Groups?excludedAttributes=members&filter=${encodeURIComponent('displayName eq "finance approvers"')}`,
    )
    expect(found.body.Resources[0]).toMatchObject({ id, displayName: FINANCE.display_name })
    expect(found.body.Resources[0]).not.toHaveProperty('members')
    const add = {
      op: 'Add',
      path: 'members',
      value: [
        { $ref: null, value: one },
        { $ref: null, value: two },
      ],
    }
    expect((await scim('PATCH', `/Groups/${id}`, patch(add))).body.members).toEqual([{ value: one }, { value: two }])
    const isIn = `id eq "${id}" and members eq "${two}"`
    const asked = () => scim('GET', `/Groups?filter=${encodeURIComponent(isIn)}`)
    expect((await asked()).body.totalResults).toBe(1)
    await scim('PATCH', `/Groups/${id}`, patch({ op: 'Remove', path: 'members', value: [{ $ref: null, value: two }] }))
    expect((await asked()).body.totalResults).toBe(0)
    await scim('PATCH', `/Groups/${id}`, patch({ op: 'remove', path: `members[value eq "${one}"]` }))
    expect((await scim('GET', `/Groups/${id}`)).body.members).toEqual([])
    expect((await scim('DELETE', `/Groups/${id}`)).status).toBe(204)
    expect((await scim('GET', `/Groups/${id}`)).status).toBe(404)
    expect(await cast.authority.store.group('finance')).toMatchObject({ members: [], removedAt: expect.any(Number) })
  })
})

describe('Okta', () => {
  it('reads a page of users, replaces one whole, and deactivates them without a path', async () => {
    const id = await createUser(scim, 'okta@example.com')
    const page = await scim('GET', '/Users?startIndex=1&count=2')
    expect(page.body).toMatchObject({ startIndex: 1, itemsPerPage: 2 })
    expect(page.body.totalResults).toBeGreaterThan(2)
    const next = await scim('GET', '/Users?startIndex=3&count=2')
    const idsOf = ({ body }: typeof page) => body.Resources.map((one: { id: string }) => one.id)
    expect(idsOf(next).filter((one: string) => idsOf(page).includes(one))).toEqual([])
    const whole = { ...user('okta@example.com'), id, groups: [], name: { givenName: 'O', familyName: 'K' }, meta: {} }
    expect((await scim('PUT', `/Users/${id}`, whole)).body).toMatchObject({ id, name: { givenName: 'O' } })
    const off = await scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }))
    expect(off).toMatchObject({ status: 200, body: { active: false } })
  })

  it('renames a group only as admins consented to it', async () => {
    const id = await createGroup(scim, [])
    const same = await scim(
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'replace', value: { id, displayName: FINANCE.display_name } }),
    )
    expect(same.status).toBe(200)
    const louder = { displayName: FINANCE.display_name.toUpperCase() }
    for (const [method, body] of [
      ['PATCH', patch({ op: 'replace', value: louder })],
      ['PUT', louder],
    ] as const) {
      expect((await scim(method, `/Groups/${id}`, body)).body).toMatchObject({ displayName: FINANCE.display_name })
    }
    const other = await scim('PATCH', `/Groups/${id}`, patch({ op: 'replace', value: { displayName: 'Admins' } }))
    expect(other).toMatchObject({ status: 403, body: { schemas: [ERROR], status: '403' } })
  })
})

describe('what it says of itself', () => {
  it('fits what it does', async () => {
    const { body: config } = await scim('GET', '/ServiceProviderConfig')
    expect(config).toMatchObject({ patch: { supported: true }, bulk: { supported: false }, etag: { supported: true } })
    const { body: types } = await scim('GET', '/ResourceTypes')
    expect(types.Resources.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual(['/Users', '/Groups'])
    const { body: schemas } = await scim('GET', '/Schemas')
    expect(schemas.totalResults).toBe(2)
    const { status, body } = await scim('GET', '/Schemas/urn:ietf:params:scim:schemas:core:2.0:User')
    expect({ status, name: body.attributes[0].name }).toEqual({ status: 200, name: 'userName' })
    expect((await scim('GET', '/ResourceTypes/Device')).status).toBe(404)
  })
})

describe('a version', () => {
  it('guards a write, and spares a read', async () => {
    const id = await createUser(scim, 'version@example.com')
    const first = (await scim('GET', `/Users/${id}`)).headers.get('etag') ?? ''
    expect((await scim('GET', `/Users/${id}`, undefined, { 'if-none-match': first })).status).toBe(304)
    const change = patch({ op: 'replace', path: 'displayName', value: 'V' })
    expect((await scim('PATCH', `/Users/${id}`, change, { 'if-match': first })).status).toBe(200)
    expect((await scim('PATCH', `/Users/${id}`, change, { 'if-match': first })).status).toBe(412)
  })

  it('of ten writes at once loses none', async () => {
    const id = await createUser(scim, 'race@example.com')
    const write = (at: number) =>
      scim('PATCH', `/Users/${id}`, patch({ op: 'add', path: 'emails', value: [{ value: `${at}@example.com` }] }))
    const answers = await Promise.all([0, 1, 2, 3].map(write))
    const written = answers.filter(({ status }) => status === 200).length
    expect((await scim('GET', `/Users/${id}`)).body.emails).toHaveLength(written)
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true)
  })
})

describe('what is refused', () => {
  const deep = `${'('.repeat(17)}userName pr${')'.repeat(17)}`
  it.each([
    ['a filter that cannot be read', 'GET', '/Users?filter=userName%20eq', undefined, 400, 'invalidFilter'],
    ['a filter on nothing known', 'GET', '/Users?filter=nickname%20eq%20%22x%22', undefined, 400, 'invalidFilter'],
    [
      'a filter with an unknown operator',
      'GET',
      '/Users?filter=userName%20is%20%22x%22',
      undefined,
      400,
      'invalidFilter',
    ],
    ['a filter that nests', 'GET', `/Users?filter=${encodeURIComponent(deep)}`, undefined, 400, 'invalidFilter'],
    ['a long filter', 'GET', `/Users?filter=${'a'.repeat(1025)}`, undefined, 400, 'invalidFilter'],
    ['a NUL in a filter', 'GET', '/Users?filter=userName%20eq%20%22%5Cu0000%22', undefined, 400, 'invalidFilter'],
    ['a page that is no number', 'GET', '/Users?count=many', undefined, 400, 'invalidValue'],
    ['a user without a name', 'POST', '/Users', { displayName: 'X' }, 400, 'invalidValue'],
    ['a name with a NUL', 'POST', '/Users', user('a\0b'), 400, 'invalidValue'],
    ['a very long name', 'POST', '/Users', user('x'.repeat(201)), 400, 'invalidValue'],
    ['an unknown attribute', 'POST', '/Users', user('a', { admin: true }), 400, 'invalidSyntax'],
    ['no JSON', 'POST', '/Users', '{"userName":', 400, 'invalidSyntax'],
    ['a member twice', 'POST', '/Users', '{"userName":"a","userName":"b"}', 400, 'invalidSyntax'],
    ['a list', 'POST', '/Users', '[]', 400, 'invalidSyntax'],
    ['a group that nobody gave it', 'POST', '/Groups', { displayName: 'Admins' }, 403, undefined],
    ['an address that is none', 'GET', '/Devices', undefined, 404, undefined],
    ['a method that is none', 'DELETE', '/Users', undefined, 404, undefined],
    ['an id that is none', 'GET', '/Users/..%00', undefined, 404, undefined],
  ] as const)('%s', async (_, method, path, body, status, scimType) => {
    const answer = await scim(method, path, body)
    expect(answer).toMatchObject({ status, body: { schemas: [ERROR], status: String(status) } })
    expect(answer.body.scimType).toBe(scimType)
    expect(answer.headers.get('content-type')).toBe('application/scim+json')
  })

  it('a second user of the same name, whatever the case', async () => {
    await createUser(scim, 'twice@example.com')
    const again = await scim('POST', '/Users', user('TWICE@example.com'))
    expect(again).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } })
    const id = await createUser(scim, 'thrice@example.com')
    const renamed = await scim(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', path: 'userName', value: 'Twice@example.com' }),
    )
    expect(renamed).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } })
  })

  it.each([
    [{ op: 'move', path: 'userName', value: 'x' }, 'invalidSyntax'],
    [{ op: 'remove' }, 'noTarget'],
    [{ op: 'replace', path: 'shoeSize', value: 1 }, 'invalidPath'],
    [{ op: 'replace', path: 'name.shoe', value: 1 }, 'invalidPath'],
    [{ op: 'replace', path: 'emails[type', value: 1 }, 'invalidPath'],
    [{ op: 'replace', path: 'emails[type sw "w"].value', value: 'x' }, 'noTarget'],
    [{ op: 'replace', path: 'active', value: 'perhaps' }, 'invalidValue'],
    [{ op: 'replace', path: 'userName' }, 'invalidValue'],
    [{ op: 'remove', path: 'userName' }, 'invalidValue'],
    [{ op: 'replace', value: 'x' }, 'invalidValue'],
  ])('the operation %j', async (operation, scimType) => {
    const id = (await list('userName eq "twice@example.com"')).body.Resources[0].id
    expect(await scim('PATCH', `/Users/${id}`, patch(operation))).toMatchObject({ status: 400, body: { scimType } })
  })

  it('too many operations, a large body, another media type', async () => {
    const operations = Array.from({ length: 201 }, () => ({ op: 'replace', path: 'active', value: true }))
    expect((await scim('PATCH', '/Users/x', patch(...operations))).status).toBe(400)
    expect((await scim('POST', '/Users', user('x', { displayName: 'x'.repeat(300_000) }))).status).toBe(413)
    expect((await scim('POST', '/Users', user('x'), { 'content-type': 'text/plain' })).status).toBe(415)
  })

  it('a member who is nobody of the directory', async () => {
    const id = (await scim('GET', '/Groups')).body.Resources[0].id
    const add = { op: 'add', path: 'members', value: [{ value: cast.ben.id }] }
    const answer = await scim('PATCH', `/Groups/${id}`, patch(add))
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } })
  })

  it('another credential, and this one once it is revoked or has expired', async () => {
    const answer = await scimOf(cast, newSecret())('GET', '/Users')
    expect(answer).toMatchObject({ status: 401, body: { schemas: [ERROR] } })
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    for (const secret of [cast.agentSecret, cast.forum.credential]) {
      expect((await scimOf(cast, secret)('GET', '/Users')).status).toBe(401)
    }
    mustSucceed(await cast.authority.operator.call('revokeDirectory', { params: { id: 'entra' } }))
    expect((await scim('GET', '/Users')).status).toBe(401)
  })

  it('is in the ledger, identical ones once a minute', async () => {
    const entries = await refusals()
    expect(entries).toContainEqual({ directory: 'entra', code: 'forbidden' })
    expect(entries.filter(({ kind }) => kind === 'invalidFilter')).toHaveLength(1)
  })

  async function refusals() {
    const rows = await cast.authority.store.configurationEntries(0)
    expect(rows.some(({ body }) => body.includes('"scim.'))).toBe(false)
    const found = await asDatabaseOwner(
      cast.authority,
      (sql) => sql`SELECT body FROM entries WHERE type = 'scim.refused'`,
    )
    return found.map(({ body }) => {
      const { directory, code, kind } = JSON.parse(body)
      return { directory, code, ...(kind ? { kind } : {}) }
    })
  }
})
