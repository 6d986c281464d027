/**
 * Stolen: the operator's access to the database, which changes words that people were shown, and their digests beside
 * them. Whoever looks is told so and sees no other words; nobody consents to them.
 */
import { createHash, getRandomValues } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBreakGlass } from '../../src/authority/people/break-glass.ts'
import type { Client } from '../../src/client/client.ts'
import { generateLogKey, importLogKey, type LogKey } from '../../src/domain/ledger/log-key.ts'
import { logOrigin } from '../../src/domain/token/build-claims.ts'
import { approvedToken, type Cast, credentialFor, propose, startCast, storyOf } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { cookieFor } from '../http/refusals.ts'
import { expectRefusal } from '../http/watch.ts'
import { settle } from '../ledger/ground.ts'
import { administer, enrolBy, FORUM, mustSucceed, pageOf, postAction } from '../setup/authority.ts'

let cast: Cast
let cookie: string
let agent: Client
let auditor: Client
let logKey: LogKey
beforeAll(async () => {
  const key = await generateLogKey()
  cast = await startCast({ settings: { COUNTERSIGN_LOG_KEY: JSON.stringify(key) } })
  logKey = await importLogKey(key, logOrigin(cast.authority.config.origin))
  const { credential = '' } = await administer(cast.authority, cast.ada, {
    name: 'countersign.agent.add',
    resource: 'agent:tasked',
    arguments: { id: 'tasked', run_by: cast.ada.id, executors: [FORUM] },
  })
  agent = cast.authority.client(credential)
  auditor = cast.authority.client(await credentialFor(cast.authority, cast.ada, 'auditor', 'texts'))
  cookie = await cookieFor(cast, cast.ada)
})
afterAll(() => cast.authority.stop())

const HONEST = 'Thank Grace'
const FORGED = 'Pay Mallory'
const ALTERED = 'The stored words are not those that were recorded. They are not shown.'

const WAYS = [
  'the text',
  'the text and its digest',
  'the text, its digest and an entry that names it',
  'the text, its digest and an entry of an earlier id that names it',
] as const
type Way = (typeof WAYS)[number]

/** Other words for a subject, as far as SQL can go. */
async function alter(subject: string, kind: string, way: Way): Promise<void> {
  await asDatabaseOwner(cast.authority, async (sql) => {
    const [row] = await sql<{ content: string; digest: string }[]>`
      SELECT content, digest FROM payloads WHERE subject = ${subject} AND kind = ${kind}`
    const content = row?.content.replace(HONEST, FORGED) ?? ''
    expect(content).toContain(FORGED)
    const digest = `sha-256:${createHash('sha256').update(content).digest('base64url')}`
    await sql`UPDATE payloads SET content = ${content}, digest = ${way === 'the text' ? (row?.digest ?? '') : digest}
      WHERE subject = ${subject} AND kind = ${kind}`
    const isEarlier = way === 'the text, its digest and an entry of an earlier id that names it'
    if (isEarlier || way === 'the text, its digest and an entry that names it') {
      await settle(cast.authority.services.ledger, cast.authority.store)
      await sql`INSERT INTO entries (id, type, at, trace, body, leaf) OVERRIDING SYSTEM VALUE
        SELECT CASE WHEN ${isEarlier} THEN -id ELSE nextval(pg_get_serial_sequence('entries', 'id')) END, type, at, trace,
          replace(body, ${row?.digest ?? ''}, ${digest}), sha256(convert_to(body, 'UTF8')) FROM entries
        WHERE body LIKE ${`%${row?.digest}%`}`
    }
  })
}

const page = async (path: string): Promise<string> =>
  (
    await cast.authority.fetch(`${cast.authority.config.origin}${path}`, { headers: { cookie, accept: 'text/html' } })
  ).text()

async function open(by = cast.agent): Promise<string> {
  // The latest is named first, and two of one second are in no order.
  cast.authority.advance(1)
  const { id } = mustSucceed(
    await by.propose({
      body: {
        audience: FORUM,
        action: postAction(HONEST),
        preview: { changes: [{ label: 'text', before: null, after: HONEST }] },
        reason: HONEST,
      },
    }),
  )
  return id
}

/** What the authority says of itself. */
const self = async (about: string) =>
  (await cast.authority.services.examineSelf()).find(({ subject }) => subject === about)

const content = async (id: string) => mustSucceed(await cast.ada.page.call('requestContent', { params: { id } }))

describe.each(WAYS)('with %s changed by SQL,', (way) => {
  it.each(['action', 'preview', 'reason'])(
    'the %s of a request is not shown, and nobody consents to it',
    async (kind) => {
      const id = await open()
      const trace = mustSucceed(await cast.agent.call('viewRequest', { params: { id } })).trace
      expect(await page(`/approve/${id}`)).toContain(HONEST)
      await alter(id, kind, way)
      const read = await content(id)
      expect(read.request).toMatchObject({ altered: true, erased: false })
      expect(kind === 'reason' ? read.reason : kind === 'action' ? read.arguments : read.preview?.content).toBe(
        kind === 'reason' ? ALTERED : null,
      )
      expect(mustSucceed(await cast.agent.call('viewRequest', { params: { id } })).altered).toBe(true)
      for (const path of [`/approve/${id}`, `/requests/${id}`, '/requests', '/inbox', `/ledger/traces/${trace}`]) {
        expect(await page(path)).not.toContain(FORGED)
      }
      expect(await page(`/requests/${id}`)).toContain('data-altered')
      expect(await page(`/approve/${id}`)).toContain('It cannot be approved')
      expectRefusal(await cast.ben.page.call('offerConsent', { params: { id } }), 'action_mismatch')
      expect(await storyOf(cast.authority, trace)).toContain('token.refused')
      const { id: other } = await propose(cast.agent)
      expectRefusal(await cast.ben.page.call('offerBatch', { body: { requests: [id, other] } }), 'action_mismatch')
      expect(mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: {} })).state).toBe('denied')
    },
  )

  it('an approved request gives no token', async () => {
    const id = await open()
    mustSucceed(await cast.ben.consent(id))
    await alter(id, 'action', way)
    expectRefusal(await cast.agent.call('collectToken', { params: { id } }), 'action_mismatch')
  })

  it('the reason of a denial is not shown', async () => {
    const id = await open()
    const params = { id }
    const { trace } = mustSucceed(await cast.agent.call('viewRequest', { params }))
    mustSucceed(await cast.ben.page.call('deny', { params, body: { reason: HONEST } }))
    expect((await content(id)).denial_reason).toBe(HONEST)
    await alter(id, 'denial', way)
    expect((await content(id)).denial_reason).toBe(ALTERED)
    expect(mustSucceed(await cast.agent.call('viewRequest', { params })).denial?.reason).toBe(ALTERED)
    const { entries } = mustSucceed(await cast.authority.operator.call('trace', { params: { trace } }))
    expect(JSON.stringify(entries)).not.toContain(FORGED)
    expect(await page(`/ledger/traces/${trace}`)).not.toContain(FORGED)
  })

  it('the purpose of a task is not shown', async () => {
    const params = { id: 'tasked' }
    const start = { purpose: HONEST, minutes: 60 }
    const { options } = mustSucceed(await cast.ada.page.call('offerAgentSession', { params, body: start }))
    const assertion = await cast.ada.authenticator.assert({ challenge: String(options['challenge']) })
    mustSucceed(await cast.ada.page.call('openAgentSession', { params, body: { assertion: assertion as never } }))
    const id = await open(agent)
    expect(await page(`/approve/${id}`)).toContain('The agent’s task')
    const [session] = await cast.authority.store.openAgentSessions(cast.authority.now())
    await alter(session?.id ?? '', 'purpose', way)
    expect(mustSucceed(await cast.authority.operator.call('viewAgentSession', { params })).purpose).toBe(ALTERED)
    for (const path of [`/approve/${id}`, '/tasks']) expect(await page(path)).not.toContain(FORGED)
    expect(await page(`/approve/${id}`)).toContain(ALTERED)
    mustSucceed(await cast.authority.operator.call('endAgentSession', { params }))
  })

  it('the reason of a kill switch is not shown', async () => {
    const body = { selector: { trace: '0'.repeat(31) + WAYS.indexOf(way) }, reason: HONEST }
    const { id } = mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body }))
    await alter(id, 'killswitch', way)
    expect(mustSucceed(await cast.authority.operator.call('viewKillSwitch', { params: { id } })).reason).toBe(ALTERED)
    for (const path of ['/kill', `/kill/${id}`]) expect(await page(path)).not.toContain(FORGED)
  })

  it('the reason of a break-glass is not shown', async () => {
    const { config, store, now, services } = cast.authority
    const randomBytes = (size: number) => getRandomValues(new Uint8Array(size))
    const opened = await openBreakGlass({ config, store, logKey, now, randomBytes }, HONEST)
    if (!opened.ok) throw new Error(opened.refusal.message)
    await services.sweep()
    await alter(opened.value.id, 'breakglass', way)
    expect(await store.reasonOfBreakGlass(opened.value.id)).toBe(ALTERED)
    const shown = await page('/requests')
    expect(shown).toContain(ALTERED)
    expect(shown).not.toContain(FORGED)
    const body = { invitation: new URL(opened.value.link).hash.slice(1) }
    const invitation = mustSucceed(await pageOf(cast.authority).call('viewInvitation', { body }))
    expect(invitation.break_glass_reason).toBe(ALTERED)
  })

  it('the report of an outcome is not shown', async () => {
    const { request, token } = await approvedToken(cast.agent, cast.ben)
    const { jti, use } = mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
    const body = { use, outcome: 'succeeded', detail: HONEST } as const
    mustSucceed(await cast.forum.client.call('reportOutcome', { params: { jti }, body }))
    const read = async () => {
      const params = { trace: request.trace }
      const { outcomes } = mustSucceed(await auditor.call('outcomes', { params }))
      return outcomes
    }
    expect(await read()).toMatchObject([{ detail: HONEST, altered: false, erased: false }])
    await alter(request.id, 'outcome', way)
    expect(await read()).toMatchObject([{ detail: null, salt: null, altered: true, erased: false }])
  })

  it('the name of a person is not shown, and shouted about', async () => {
    const gail = await enrolBy(cast.authority, cast.ada, HONEST)
    expect(await page('/people')).toContain(HONEST)
    await alter(gail.id, 'person', way)
    for (const path of ['/people', `/people/${gail.id}`]) {
      const shown = await page(path)
      expect(shown).toContain('Name altered in the database')
      expect(shown).not.toContain(FORGED)
    }
    expect(cast.authority.services.findings()).toContainEqual(expect.objectContaining({ kind: 'name', id: gail.id }))
    expect(await self('configuration')).toMatchObject({ well: false, words: expect.stringContaining('name ') })
  })
})

it('a text of the policy that is not what its digest names is not there', async () => {
  const version = await cast.authority.store.policyInForce()
  await asDatabaseOwner(cast.authority, (sql) => sql`ALTER TABLE policies DISABLE TRIGGER ALL`)
  await asDatabaseOwner(cast.authority, (sql) => sql`UPDATE policies SET text = text || '// forged'`)
  expectRefusal(await cast.ada.page.call('viewPolicy', { params: { version: String(version) } }), 'not_found')
})

describe('deleted by SQL and not erased,', () => {
  const remove = (subject: string, kind: string) =>
    asDatabaseOwner(cast.authority, (sql) => sql`DELETE FROM payloads WHERE subject = ${subject} AND kind = ${kind}`)

  it.each(['action', 'preview', 'reason'])('the %s of a request counts as altered', async (kind) => {
    const id = await open()
    await remove(id, kind)
    expect((await content(id)).request).toMatchObject({ altered: true, erased: false })
    expect(mustSucceed(await cast.agent.call('viewRequest', { params: { id } })).altered).toBe(true)
    expect(await page(`/requests/${id}`)).toContain('data-altered')
    expectRefusal(await cast.ben.page.call('offerConsent', { params: { id } }), 'action_mismatch')
    expect(await self('texts')).toMatchObject({ well: false, words: expect.stringContaining(id) })
    mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: {} }))
  })

  it('the action of an approved request gives no token', async () => {
    const id = await open()
    mustSucceed(await cast.ben.consent(id))
    await remove(id, 'action')
    expectRefusal(await cast.agent.call('collectToken', { params: { id } }), 'action_mismatch')
  })

  it('an entry that says it was erased changes nothing, since the log’s key did not seal it', async () => {
    const { id, trace } = mustSucceed(
      await cast.agent.propose({ body: { audience: FORUM, action: postAction(HONEST) } }),
    )
    mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: {} }))
    await remove(id, 'action')
    await asDatabaseOwner(
      cast.authority,
      (sql) => sql`INSERT INTO entries (type, at, trace, body, leaf) SELECT 'payload.erased', at, trace,
        replace(body, '"request.created"', '"payload.erased"'), leaf FROM entries
        WHERE trace = ${trace}::uuid AND type = 'request.created'`,
    )
    expect((await content(id)).request).toMatchObject({ altered: true, erased: false })
  })

  it('the report of an outcome counts as altered', async () => {
    const { request, token } = await approvedToken(cast.agent, cast.ben)
    const { jti, use } = mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
    const body = { use, outcome: 'succeeded', detail: HONEST } as const
    mustSucceed(await cast.forum.client.call('reportOutcome', { params: { jti }, body }))
    await remove(request.id, 'outcome')
    const { outcomes } = mustSucceed(await auditor.call('outcomes', { params: { trace: request.trace } }))
    expect(outcomes).toMatchObject([{ detail: null, altered: true, erased: false }])
  })

  it('the name of a person and the reason of a kill switch count as altered', async () => {
    const gail = await enrolBy(cast.authority, cast.ada, HONEST)
    const body = { selector: { trace: 'f'.repeat(32) }, reason: HONEST }
    const { id } = mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body }))
    await remove(gail.id, 'person')
    await remove(id, 'killswitch')
    expect(await page(`/people/${gail.id}`)).toContain('Name altered in the database')
    expect(mustSucceed(await cast.authority.operator.call('viewKillSwitch', { params: { id } })).reason).toBe(ALTERED)
  })
})

it('what was erased by an approved order is erased', async () => {
  const { request, token } = await approvedToken(cast.agent, cast.ben)
  const { jti, use } = mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
  const body = { use, outcome: 'succeeded', detail: HONEST } as const
  mustSucceed(await cast.forum.client.call('reportOutcome', { params: { jti }, body }))
  await administer(cast.authority, cast.ada, {
    name: 'countersign.payload.erase',
    resource: `payloads:request:${request.id}`,
    arguments: { rule: 'request', request: request.id },
  })
  await settle(cast.authority.services.ledger, cast.authority.store)
  for (let sweeps = 0; sweeps < 3; sweeps++) await cast.authority.services.sweep()
  expect((await content(request.id)).request).toMatchObject({ erased: true, altered: false })
  expect(await page(`/requests/${request.id}`)).toContain('data-erased')
  const { outcomes } = mustSucceed(await auditor.call('outcomes', { params: { trace: request.trace } }))
  expect(outcomes).toMatchObject([{ detail: null, altered: false, erased: true }])
})
