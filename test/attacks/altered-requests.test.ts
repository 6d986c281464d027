/**
 * Stolen: the operator's access to the database, which changes what a request says beside its texts: the catalogue entry
 * that its page is made of, its terms, its parties. Nobody consents to it or collects its token.
 */
import { getTableColumns } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RECORDED, recordDigest } from '../../src/domain/approval/request-record.ts'
import { requests } from '../../src/store/schema/tables.ts'
import { approvedToken, type Cast, propose, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { cookieFor } from '../http/refusals.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
import { inboxReading } from '../setup/inbox-reading.ts'

let cast: Cast
let cookie: string
let adminCookie: string
beforeAll(async () => {
  cast = await startCast()
  cookie = await cookieFor(cast, cast.ben)
  adminCookie = await cookieFor(cast, cast.ada)
})
afterAll(() => cast.authority.stop())

const page = async (path: string): Promise<string> =>
  (
    await cast.authority.fetch(`${cast.authority.config.origin}${path}`, { headers: { cookie, accept: 'text/html' } })
  ).text()

const alter = (id: string, change: string) =>
  asDatabaseOwner(cast.authority, (sql) => sql.unsafe(`UPDATE requests SET ${change} WHERE id = '${id}'`))

/** As an inbox has it, which knows it from before. */
async function listed(id: string) {
  const { requests: all } = await cast.authority.store.inbox(
    inboxReading({ now: 0, decidedSince: 0, answeredLimit: 1000 }),
  )
  return all.find((request) => request.id === id)
}

const columns = getTableColumns(requests)

/** Another value of a column's type. */
function forged(column: string, type: string): string {
  if (type === 'boolean') return `${column} = NOT ${column}`
  if (type === 'integer' || type === 'bigint') return `${column} = coalesce(${column}, 0) + 1`
  if (type === 'jsonb') return `${column} = ${column} || '["mallory"]'`
  if (type === 'json' && column !== 'policies')
    return `${column} = regexp_replace(${column}::text, '^\\{', '{"forged":1,')::json`
  if (type === 'json') return `${column} = regexp_replace(${column}::text, '^\\[', '["forged",')::json`
  return type === 'uuid' ? `${column} = gen_random_uuid()` : `${column} = coalesce(${column}, '') || 'x'`
}

/** They change as a request goes its way; the state leads to a token with signatures and entries alone. */
const CHANGING = ['state', 'separation', 'consents', 'decidedAt', 'deniedBy']

it('every column is recorded, or changes on the way', () => {
  expect([...RECORDED, ...CHANGING, 'trace'].toSorted()).toEqual(Object.keys(columns).toSorted())
})

const kept = Object.entries(columns).filter(([key]) => key !== 'id' && !CHANGING.includes(key))

it.each(kept.map(([, column]): [string, string] => [column.name, column.getSQLType()]))(
  'a request whose %s was changed is altered, and nobody consents to it',
  async (column, type) => {
    const { id } = await propose(cast.agent)
    expect((await cast.authority.store.request(id))?.altered).toBe(false)
    expect((await listed(id))?.altered).toBe(false)
    await alter(id, forged(column, type))
    expect((await cast.authority.store.request(id))?.altered).toBe(true)
    expect((await listed(id))?.altered).toBe(true)
    const offered = await cast.ben.page.call('offerConsent', { params: { id } })
    expect(offered.ok).toBe(false)
  },
)

/** Values of no shape that the product writes, some of which SQL cannot read either. */
const MALFORMED: Readonly<Record<string, readonly string[]>> = {
  json: [
    `'null'`,
    `'7'`,
    `'"x"'`,
    `'[]'`,
    `'{}'`,
    `'[null,7,{"groups":7}]'`,
    `'{"approvers":[null,7,{"groups":7}],"quorum":"x","ordered":"x","deviceBound":"x","reversible":"x","sub":7,"act":7}'`,
    String.raw`'{"sub":"\u0000","approvers":[{"groups":["\u0000"],"count":"\u0000"}]}'`,
  ],
  jsonb: [`'null'`, `'7'`, `'"x"'`, `'{}'`, `'[null,7,{"x":7}]'`],
}

const malformed = kept.flatMap(([, column]) =>
  (MALFORMED[column.getSQLType()] ?? []).map((value): [string, string] => [column.name, value]),
)

it('every column of JSON is there', () => {
  expect(new Set(malformed.map(([column]) => column))).toEqual(
    new Set(['act', 'actors', 'catalogue_entry', 'policies', 'terms', 'groups']),
  )
})

it.each(malformed)('a request whose %s is %s is altered, and no page or answer fails', async (column, value) => {
  const { id } = await propose(cast.agent)
  await alter(id, `${column} = ${value}`)
  expect((await cast.authority.store.request(id))?.altered).toBe(true)
  const headers = { cookie: adminCookie, accept: 'text/html' }
  for (const path of [`/approve/${id}`, `/requests/${id}`, '/inbox', '/requests']) {
    const { status } = await cast.authority.fetch(`${cast.authority.config.origin}${path}`, { headers })
    expect([path, status < 500]).toEqual([path, true])
  }
  mustSucceed(await cast.agent.call('viewRequest', { params: { id } }))
  expectRefusal(await cast.ada.page.call('offerConsent', { params: { id } }), 'action_mismatch')
  await cast.authority.services.sweep()
  mustSucceed(await cast.agent.call('withdrawRequest', { params: { id } }))
})

it('a request whose terms cannot be read is not counted anew, and keeps nobody from leaving', async () => {
  const { id } = await propose(cast.agent)
  mustSucceed(await cast.ben.consent(id))
  await alter(id, `terms = '7'`)
  const { store, now } = cast.authority
  expect(await store.recount({ request: id, now: now() })).toBe(false)
  expectRefusal(await cast.agent.call('collectToken', { params: { id } }), 'action_mismatch')
})

it('a request that was consented to before it was altered shows no statement as signed', async () => {
  const { id } = await propose(cast.agent)
  mustSucceed(await cast.ben.consent(id))
  expect(await page(`/approve/${id}`)).toContain('Details of what was signed')
  await alter(id, `digest = 'sha-256:${'A'.repeat(43)}', terms = jsonb_set(terms::jsonb, '{uses}', '9')::json`)
  expect(await page(`/approve/${id}`)).not.toContain('Details of what')
})

describe('with another catalogue entry beside it,', () => {
  const CHANGE = `catalogue_entry = '{"name":"x","effect":"read","reversible":true,"title":"Read one post"}', effect = 'read',
    irreversible = false, executor_title = 'Test sandbox', why = 'Nothing to see.'`

  it('a request says nothing of it, and can only be denied', async () => {
    const { id } = await propose(cast.agent)
    await alter(id, CHANGE)
    for (const path of [`/approve/${id}`, `/requests/${id}`, '/inbox', '/requests']) {
      const shown = await page(path)
      for (const words of ['Read one post', 'Test sandbox', 'Nothing to see.']) expect(shown).not.toContain(words)
    }
    expect(await page(`/approve/${id}`)).toContain('It cannot be approved')
    expectRefusal(await cast.ben.page.call('offerConsent', { params: { id } }), 'action_mismatch')
    const self = await cast.authority.services.examineSelf()
    expect(self.find(({ subject }) => subject === 'texts')).toMatchObject({
      well: false,
      words: expect.stringContaining('were changed in the database'),
    })
    expect(mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: {} })).state).toBe('denied')
  })

  it('an approved request gives no token', async () => {
    const { id } = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(id))
    await alter(id, CHANGE)
    expectRefusal(await cast.agent.call('collectToken', { params: { id } }), 'action_mismatch')
  })

  it('a token is not redeemed where the policy is asked about the request', async () => {
    const { request, token } = await approvedToken(cast.agent, cast.ben)
    const { version, text } = mustSucceed(await cast.ada.page.call('viewPolicy', { params: { version: '1' } }))
    await administer(cast.authority, cast.ada, {
      name: 'countersign.policy.publish',
      resource: 'policy',
      arguments: { version, text: `${text}\n// again` },
    })
    await alter(request.id, `terms = replace(terms::text, '"quorum":1', '"quorum":0')::json`)
    expectRefusal(await cast.forum.client.call('redeem', { body: { token } }), 'policy_denied')
  })
})

describe('with other entries in its trace,', () => {
  const MINE = '"text":"Mine"'

  /** Whoever has the tables writes what the ledger says: here of the text, or of the record. */
  async function rewritten(id: string, ...statements: readonly string[]) {
    await asDatabaseOwner(cast.authority, (sql) =>
      sql.unsafe(`ALTER TABLE entries DISABLE TRIGGER entries_append_only; ${statements.join(';')};
        ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_append_only`),
    )
    expect((await cast.authority.store.request(id))?.altered).toBe(false)
    expectRefusal(await cast.ben.page.call('offerConsent', { params: { id } }), 'action_mismatch')
  }
  const DIGEST = (text: string) =>
    `'sha-256:' || rtrim(translate(encode(sha256(convert_to(${text}, 'UTF8')), 'base64'), '+/', '-_'), '=')`

  it('another call is not shown, and nobody consents to it', async () => {
    const { id } = await propose(cast.agent)
    await rewritten(
      id,
      `CREATE TEMP TABLE forged AS SELECT digest AS old, regexp_replace(content, '"text":"[^"]*"', '${MINE}') AS content
        FROM payloads WHERE subject = '${id}' AND kind = 'action'`,
      `UPDATE entries SET body = replace(body, old, ${DIGEST('content')}) FROM forged
        WHERE type = 'request.created' AND strpos(body, old) > 0`,
      `UPDATE payloads SET content = forged.content, digest = ${DIGEST('forged.content')} FROM forged WHERE digest = old`,
    )
    for (const path of [`/approve/${id}`, `/requests/${id}`]) expect(await page(path)).not.toContain('Mine')
  })

  it('another record does not count', async () => {
    const { id } = await propose(cast.agent)
    const stored = await cast.authority.store.request(id)
    if (!stored) throw new Error('no request')
    const why = 'Nothing to see.'
    const [before, after] = await Promise.all([recordDigest(stored, null), recordDigest({ ...stored, why }, null)])
    await rewritten(
      id,
      `UPDATE requests SET why = '${why}' WHERE id = '${id}'`,
      `UPDATE entries SET body = replace(body, '${before}', '${after}') WHERE type = 'request.decided'`,
    )
    expect(await page(`/approve/${id}`)).not.toContain(why)
  })
})
