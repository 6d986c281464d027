/**
 * Stolen: the operator's access to the database, used to have the authority itself erase the words of the log.
 * An order that nobody consented to, or that says more than was consented to, is refused and shouted about.
 */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { settle } from '../ledger/ground.ts'
import { administer, enrolFirstAdmin, mustSucceed, startAuthority } from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast({ settings: { COUNTERSIGN_RETENTION_DAYS: '30' } })
})
afterAll(() => cast.authority.stop())

const sql = (text: string) => asDatabaseOwner(cast.authority, (owner) => owner.unsafe(text))

const sweep = async () => {
  const { services, store } = cast.authority
  await settle(services.ledger, store)
  for (let sweeps = 0; sweeps < 3; sweeps++) await services.sweep()
}

async function entries(type: string) {
  const all = await cast.authority.store.entriesAfter({ after: 0, limit: 10_000 })
  return all.map(({ body }) => JSON.parse(body)).filter((entry) => entry.type === type)
}

const refused = async () => (await entries('configuration.refused')).map(({ kind, subject }) => `${kind} ${subject}`)

/** A request that was spent: nothing of it is alive any more. */
async function spent(): Promise<string> {
  const { request, token } = await approvedToken(cast.agent, cast.ben)
  mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
  return request.id
}

const payloadsOf = (request: string) => sql(`SELECT kind FROM payloads WHERE subject = '${request}'`)

async function order(args: Record<string, string | number>): Promise<string> {
  const subject = args['request'] ?? args['principal'] ?? args['older_than_days']
  await administer(cast.authority, cast.ada, {
    name: 'countersign.payload.erase',
    resource: `payloads:${args['rule']}:${subject}`,
    arguments: args,
  })
  return (await entries('erasure.ordered')).at(-1).order
}

const insert = (id: string, rule: string, subject: string | null, request: string | null, before = 9_999_999_999) =>
  `INSERT INTO erasures (id, rule, subject, before, request, next) VALUES ('${id}', '${rule}',
    ${subject === null ? 'NULL' : `'${subject}'`}, ${before}, ${request === null ? 'NULL' : `'${request}'`}, 0)`

it('an order that was approved is carried out, though another one waits before it', async () => {
  const request = await spent()
  await sql(insert('!', 'age', null, null))
  const id = await order({ rule: 'request', request })
  await sweep()
  expect(await payloadsOf(request)).toEqual([])
  expect(await entries('payload.erased')).toMatchObject([{ request, order: id, authorised_by: id }])
  await sql(`DELETE FROM erasures WHERE id = '!'`)
})

it('says beforehand what would be lost, and afterwards to every reader who ordered it', async () => {
  const { operator, config } = cast.authority
  const request = await spent()
  const reading = () => cast.agent.call('requestContent', { params: { id: request } }).then(mustSucceed)
  expect(await reading()).toMatchObject({ erasure: null })
  const action = { name: 'countersign.payload.erase', resource: `payloads:request:${request}`, salt: newSalt() }
  const body = { audience: config.origin, action: { ...action, arguments: { rule: 'request', request } } }
  const asked = mustSucceed(await operator.call('openRequest', { body }))
  const [preview] = (await cast.authority.store.request(asked.id))?.preview?.content?.changes ?? []
  expect(preview?.before).toMatch(/^.+\nOf 1 request:\narguments of the call: 1/)
  const id = await order({ rule: 'request', request })
  await sweep()
  expect(await reading()).toMatchObject({ erasure: { order: id, by: [{ approver: cast.ada.id }] } })
})

it('asks nobody to erase a request that does not exist', async () => {
  const { operator, config } = cast.authority
  const request = newSalt()
  const action = { name: 'countersign.payload.erase', resource: `payloads:request:${request}`, salt: newSalt() }
  const body = { audience: config.origin, action: { ...action, arguments: { rule: 'request', request } } }
  expect(await operator.call('openRequest', { body })).toMatchObject({ ok: false, problem: { code: 'not_found' } })
})

it.each([
  ['by age', 'age', () => null, () => null],
  ['of a principal', 'principal', () => 'helpdesk-agent', () => null],
  ['of a request', 'request', (request: string) => request, () => null],
  ['with an approval of something else', 'age', () => null, (approval: string) => approval],
] as const)('an order %s that SQL inserts is not carried out', async (_, rule, subject, approval) => {
  const request = await spent()
  const [approved] = await entries('erasure.ordered')
  const id = `slipped ${rule} ${approval(approved.order)}`
  await sql(insert(id, rule, subject(request), approval(approved.order)))
  await sweep()
  await sweep()
  expect(await payloadsOf(request)).not.toEqual([])
  expect((await refused()).filter((one) => one === `erasure ${id}`)).toHaveLength(1)
  expect(cast.authority.services.findings()).toContainEqual(expect.objectContaining({ kind: 'erasure', id }))
  const seen = await cast.authority.services.examineSelf()
  expect(seen.find(({ subject }) => subject === 'configuration')).toMatchObject({
    well: false,
    words: expect.stringContaining('a row that nobody consented to: erasure '),
  })
  await sql(`DELETE FROM erasures WHERE id = '${id}'`)
})

it.each([
  ['to all of its principal', `rule = 'principal', subject = 'helpdesk-agent'`],
  ['to all', `rule = 'age', subject = NULL, before = 9999999999`],
  ['to later ones', 'before = before + 1'],
])('an order that SQL widens %s is not carried out, and as it was it is', async (_, widened) => {
  const [request, waiting] = [await spent(), await propose(cast.agent)]
  const id = await order({ rule: 'request', request: waiting.id })
  await sql(`UPDATE erasures SET ${widened} WHERE id = '${id}'`)
  mustSucceed(await cast.agent.call('withdrawRequest', { params: { id: waiting.id } }))
  await sweep()
  expect(await payloadsOf(request)).not.toEqual([])
  expect(await payloadsOf(waiting.id)).not.toEqual([])
  expect(await refused()).toContain(`erasure ${id}`)
  const [{ before }] = (await entries('erasure.ordered')).filter((entry) => entry.order === id)
  await sql(`UPDATE erasures SET rule = 'request', subject = '${waiting.id}', before = ${before} WHERE id = '${id}'`)
  await sweep()
  expect(await payloadsOf(waiting.id)).toEqual([])
  expect(await payloadsOf(request)).not.toEqual([])
})

it('an order that was carried out and is opened again for others is refused', async () => {
  const request = await spent()
  const { order: id } = (await entries('erasure.ordered'))[0]
  await sql(`UPDATE erasures SET subject = '${request}', next = 0, done_at = NULL WHERE id = '${id}'`)
  await sweep()
  expect(await payloadsOf(request)).not.toEqual([])
  expect(await refused()).toContain(`erasure ${id}`)
  await sql(`UPDATE erasures SET done_at = 1 WHERE id = '${id}'`)
})

it('the order of the retention reaches no further than the setting', async () => {
  const request = await spent()
  await sweep()
  await sql(`UPDATE erasures SET before = 9999999999, next = 0, done_at = NULL WHERE id = 'retention'`)
  await sweep()
  expect(await payloadsOf(request)).not.toEqual([])
  expect(await refused()).toContain('erasure retention')
  await sql(`UPDATE erasures SET before = 0, rule = 'principal', subject = 'helpdesk-agent' WHERE id = 'retention'`)
  await sweep()
  expect(await payloadsOf(request)).not.toEqual([])
  await sql(`DELETE FROM erasures WHERE id = 'retention'`)
  cast.authority.advance(31 * 86_400)
  await sweep()
  expect(await payloadsOf(request)).toEqual([])
})

it('an order of the retention is refused where no retention is set', async () => {
  const authority = await startAuthority({ database: 'pglite' })
  try {
    await enrolFirstAdmin(authority)
    await authority.database.run({ text: insert('retention', 'age', null, null, 1), parameters: [] })
    await authority.services.sweep()
    expect(authority.services.findings()).toMatchObject([{ kind: 'erasure', id: 'retention' }])
  } finally {
    await authority.stop()
  }
})
