/** Live control in hostile and clumsy hands: a stop is not refused for its wording, and nobody can lie about it. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { approvedToken, type Cast, startCast, storyOf, WIKI } from '../http/cast.ts'
import { cookieFor } from '../http/refusals.ts'
import { releaseSwitch, releaseSwitches } from '../http/switches.ts'
import { enrolBy, FORUM, mustSucceed } from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast({ settings: { COUNTERSIGN_PENDING_PER_AGENT: '1', COUNTERSIGN_PENDING_PER_GROUP: '1' } })
})
afterAll(() => cast.authority.stop())

const engage = (selector: { agent?: string; executor?: string }, reason = 'Stop', key?: string) =>
  cast.ben.page.call('engageKillSwitch', {
    body: { selector, reason },
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  })

it('takes a reason as long as the pages let one write, and no blank one', async () => {
  mustSucceed(await engage({ agent: 'nobody' }, 'x'.repeat(2000)))
  expect(await engage({ agent: 'nobody' }, ' ')).toMatchObject({ status: 422, problem: { code: 'invalid_request' } })
})

it('says that stopping the authority itself would stop nothing', async () => {
  const executor = cast.authority.config.origin
  expect(await engage({ executor })).toMatchObject({ ok: false, problem: { code: 'invalid_request' } })
  const seen = await cast.ben.page.call('previewKillSwitch', { query: { executor } })
  expect(seen).toMatchObject({ ok: false, problem: { code: 'invalid_request' } })
})

it('tells who repeats a call that what it engaged stands no more', async () => {
  const { id } = mustSucceed(await engage({ agent: 'gone' }, 'Stop', 'once'))
  expect(mustSucceed(await engage({ agent: 'gone' }, 'Stop', 'once')).id).toBe(id)
  await releaseSwitch(cast.authority, cast.ada, id)
  expect(await engage({ agent: 'gone' }, 'Stop', 'once')).toMatchObject({ ok: false, status: 409 })
})

it('is one with its like: engaged again it is the active one, whoever engages it, and nothing piles up', async () => {
  const { authority, ada } = cast
  const first = mustSucceed(await engage({ agent: 'again' }, 'It posts nonsense'))
  const like = [
    await engage({ agent: 'again' }, 'Still'),
    await engage({ agent: 'again' }, 'Stop', 'a-key'),
    await ada.page.call('engageKillSwitch', { body: { selector: { agent: 'again' }, reason: 'Me too' } }),
    await authority.operator.call('engageKillSwitch', { body: { selector: { agent: 'again' }, reason: 'Too' } }),
  ]
  for (const answer of like) expect(mustSucceed(answer)).toEqual(first)
  const other = mustSucceed(await engage({ agent: 'again', executor: FORUM }))
  expect(other.id).not.toBe(first.id)
  expect(await storyOf(authority, first.trace)).toEqual(['killswitch.engaged'])
  await releaseSwitch(authority, ada, first.id)
  expect(await engage({ agent: 'again' }, 'Stop', 'a-key')).toMatchObject({ ok: false, status: 409 })
  const next = mustSucceed(await engage({ agent: 'again' }))
  expect(next.id).not.toBe(first.id)
  await releaseSwitches(authority, ada, [next.id, other.id])
})

it('is released with others by one gesture, all or none, and one entry names them', async () => {
  const { authority, ada } = cast
  const ids: string[] = []
  for (const agent of ['one', 'two', 'three']) ids.push(mustSucceed(await engage({ agent })).id)
  await expect(releaseSwitches(authority, ada, [...ids, 'A'.repeat(22)])).rejects.toThrow('not_found')
  await expect(releaseSwitches(authority, ada, [ids[0], ids[0]].map(String))).rejects.toThrow('invalid_request')
  await releaseSwitches(authority, ada, ids)
  const { killswitches } = mustSucceed(await authority.operator.call('listKillSwitches'))
  const released = killswitches.filter(({ id }) => ids.includes(id))
  expect(released.map(({ released_at_ms }) => released_at_ms)).toEqual(Array(3).fill(expect.any(Number)))
  const request = String(released[0]?.release_request)
  const { entries } = mustSucceed(await authority.operator.call('trace', { params: { trace: traceOf(request) } }))
  const written = entries.filter(({ type }) => type === 'killswitch.released')
  expect(written).toMatchObject([{ killswitches: ids, request }])
})

it('is released however many requests wait', async () => {
  const { agent, authority, ada } = cast
  const { id } = mustSucceed(await engage({ agent: 'other-agent' }))
  const body = (at: number) => ({
    audience: FORUM,
    action: { name: 'forum.post', resource: 'forum:eng', arguments: { at }, salt: 'A'.repeat(22) },
  })
  const waiting = mustSucceed(await agent.propose({ body: body(1) }))
  expect(await agent.propose({ body: body(2) })).toMatchObject({ problem: { code: 'rate_limited' } })
  await releaseSwitch(authority, ada, id)
  mustSucceed(await agent.call('withdrawRequest', { params: { id: waiting.id } }))
})

it('believes no executor of a switch that does not concern it', async () => {
  const { id } = mustSucceed(await engage({ executor: WIKI }))
  const stops = (await cast.authority.store.stopState({ now: cast.authority.now(), sinceMs: 0 })).stops
  const stop = Number(stops.find(({ killswitch }) => killswitch === id)?.id)
  const word = { body: { stop, connection: 'made-up', aborted: 7 } }
  expect(await cast.forum.client.call('confirmStop', word)).toMatchObject({ status: 404 })
  mustSucceed(await cast.wiki.client.call('confirmStop', word))
  await releaseSwitch(cast.authority, cast.ada, id)
})

it('ends the sessions of who has no passkey left', async () => {
  const { authority, ada } = cast
  const eve = await enrolBy(authority, ada, 'Eve')
  const [passkey] = mustSucceed(await eve.page.call('listPasskeys')).passkeys
  mustSucceed(await eve.page.call('revokePasskey', { params: { id: String(passkey?.id) } }))
  expect(await eve.page.call('inbox')).toMatchObject({ ok: false, status: 401 })
})

it('writes the revocation of a spent token once, and ignores what RFC 7009 does not know', async () => {
  const { authority, forum, ben, otherAgent } = cast
  const { token, request } = await approvedToken(otherAgent, ben)
  mustSucceed(await forum.client.call('redeem', { body: { token } }))
  const revoke = () =>
    authority.fetch(`${authority.config.origin}/oauth/revoke`, {
      method: 'POST',
      headers: { authorization: `Bearer ${forum.credential}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token, client_id: 'helpdesk-agent' }),
    })
  for (let times = 0; times < 3; times++) expect((await revoke()).status).toBe(200)
  expect((await storyOf(authority, request.trace)).filter((type) => type === 'token.revoked')).toHaveLength(1)
})

it('answers a recipient that no text can hold with a clear refusal', async () => {
  const { authority, ada } = cast
  const answer = await authority.fetch(`${authority.config.origin}/deliveries?recipient=%00`, {
    headers: { cookie: await cookieFor(cast, ada) },
  })
  expect(answer.status).toBe(400)
})
