/** An executor publishes its catalogue: an admin's consent puts it in force, and nothing else does. */
import { ApprovalError } from '@countersign/verifier'
import { createCataloguedVerifier } from '@countersign/verifier/catalogue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORUM, mustSucceed } from '../setup/authority.ts'
import { type Cast, startCast, storyOf } from './cast.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const entry = (name: string, more: object = {}) => ({ name, effect: 'write' as const, ...more })

const publish = (catalogue: readonly object[], client = cast.forum.client) =>
  client.call('publishCatalogue', { body: { catalogue: catalogue as never } })

async function forum() {
  const { executors } = mustSucceed(await cast.authority.operator.call('listExecutors'))
  const found = executors.find(({ audience }) => audience === FORUM)
  if (!found) throw new Error('There is no forum')
  return found
}

describe('a published catalogue', () => {
  it('that is in force already asks nobody', async () => {
    const { catalogue, version } = await forum()
    expect(mustSucceed(await publish(catalogue))).toEqual({ version, request: null })
  })

  it('that differs is in force as soon as an admin consents, with a preview of just what differs', async () => {
    const { catalogue, version } = await forum()
    const [post, ...others] = catalogue
    const schema = { type: 'object', required: ['board'] }
    const changed = [{ ...post, schema }, ...others.slice(1), entry('forum.pin')]
    const { request } = mustSucceed(await publish(changed))
    if (!request) throw new Error('Nobody is asked')
    expect(request).toMatchObject({
      state: 'pending',
      agent: 'countersign-executor',
      principal: FORUM,
      audience: cast.authority.config.origin,
    })
    const shown = await cast.authority.store.request(request.id)
    expect(shown?.preview?.content?.changes.map(({ label }) => label)).toEqual([
      `executor:${FORUM}`,
      'Action forum.post',
      'Action forum.pin',
      `Action ${others[0]?.name}`,
    ])
    expectRefusal(await cast.ben.consent(request.id), 'not_found')
    expect((await forum()).version).toBe(version)
    mustSucceed(await cast.ada.consent(request.id))
    expect(await forum()).toMatchObject({ version: version + 1, catalogue: changed })
    expect(await storyOf(cast.authority, request.trace)).toEqual(
      expect.arrayContaining([
        'request.created',
        'consent.given',
        'token.issued',
        'token.redeemed',
        'executor.changed',
      ]),
    )
    expect(mustSucceed(await publish(changed))).toEqual({ version: version + 1, request: null })
  })

  it('leads to one request, however often and however many publish it', async () => {
    const changed = [entry('forum.once')]
    const answers = await Promise.all(Array.from({ length: 8 }, () => publish(changed)))
    const ids = answers.map((answer) => mustSucceed(answer).request?.id)
    expect(new Set(ids).size).toBe(1)
  })

  it('takes the place of one that waits', async () => {
    const first = mustSucceed(await publish([entry('forum.first')])).request
    const second = mustSucceed(await publish([entry('forum.second')])).request
    expectRefusal(await cast.ada.consent(first?.id ?? ''), 'request_denied')
    mustSucceed(await cast.ada.consent(second?.id ?? ''))
    expect((await forum()).catalogue).toEqual([entry('forum.second')])
  })

  it('that was denied is not asked for again', async () => {
    const denied = mustSucceed(await publish([entry('forum.denied')])).request
    mustSucceed(await cast.ada.page.call('deny', { params: { id: denied?.id ?? '' }, body: { reason: 'Too much' } }))
    expect(mustSucceed(await publish([entry('forum.denied')])).request).toMatchObject({
      id: denied?.id,
      state: 'denied',
      denial: { reason: 'Too much' },
    })
  })

  it('is the executor’s own alone, and has no fault', async () => {
    expectRefusal(await publish([entry('forum.x')], cast.agent as never), 'forbidden')
    expectRefusal(await publish([entry('forum.x')], cast.authority.operator as never), 'forbidden')
    const refused = await publish([entry('forum.x', { schema: { properties: { a: { pattern: '(?=a)' } } } })])
    expect(refused).toMatchObject({
      problem: { code: 'invalid_request', detail: expect.stringContaining('/catalogue/0/schema/properties/a/pattern') },
    })
  })
})

describe('guards that say what their actions are', () => {
  const made = (credential = cast.wiki.credential) =>
    createCataloguedVerifier({
      issuer: cast.authority.config.origin,
      audience: cast.wiki.audience,
      credential,
      now: cast.authority.now,
      fetch: (input, init) => cast.authority.fetch(String(input), init),
    })
  const guard = { resource: () => 'wiki', run: () => 'ran' }

  it('publish it in one call', async () => {
    const verifier = made()
    verifier.guard('wiki.edit', {
      ...guard,
      catalogue: { effect: 'write', schema: { type: 'object', maxProperties: 2 } },
    })
    verifier.guard('wiki.read', { ...guard, catalogue: { effect: 'read' } })
    const { request } = await verifier.publishCatalogue()
    expect(request).toMatchObject({ state: 'pending', approvalUri: expect.stringContaining('/approve/') })
    mustSucceed(await cast.ada.consent(request?.id ?? ''))
    expect(await verifier.publishCatalogue()).toMatchObject({ request: null })
    const { executors } = mustSucceed(await cast.authority.operator.call('listExecutors'))
    expect(executors.find(({ audience }) => audience === cast.wiki.audience)?.catalogue).toEqual(verifier.catalogue())
  })

  it('name the place of a fault', async () => {
    const verifier = made()
    verifier.guard('wiki.edit', { ...guard, catalogue: { effect: 'write', schema: { typ: 'object' } } })
    const error = await verifier.publishCatalogue().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ApprovalError)
    expect(error).toMatchObject({ code: 'invalid_request', cause: expect.stringContaining('/catalogue/0/schema/typ') })
  })

  it('are refused with another credential, and by a guard that says nothing', async () => {
    await expect(made('cs_executor_'.padEnd(55, 'A')).publishCatalogue()).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    const silent = made()
    silent.guard('wiki.edit', guard)
    expect(() => silent.publishCatalogue()).toThrow(TypeError)
  })
})
