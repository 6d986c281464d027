/** The page of a request says what a passkey signs while it can sign it, and afterwards what people have signed. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { administer, mustSucceed, postAction } from '../setup/authority.ts'
import { type Cast, propose, publishRules, startCast } from './cast.ts'
import { cookieFor } from './refusals.ts'
import { releaseSwitch } from './switches.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const TO_SIGN = 'Details of what your passkey signs'
const SIGNED = 'Details of what was signed'

/** The title of the details that Ben reads, and what they say of those who sign. */
async function factsFor(id: string) {
  const headers = { cookie: await cookieFor(cast, cast.ben) }
  const page = await (await cast.authority.fetch(`${cast.authority.config.origin}/approve/${id}`, { headers })).text()
  const [, title = null, facts = ''] = /<summary>(Details of [^<]*)<\/summary>(.*?)<\/details>/s.exec(page) ?? []
  return { title, signedBy: /<dt>signed by<\/dt><dd>(.*?)<\/dd>/s.exec(facts)?.[1] ?? '' }
}

/** With the ids of those who sign. */
async function detailsFor(id: string) {
  const { title, signedBy } = await factsFor(id)
  return { title, signers: [cast.ada.id, cast.ben.id].filter((person) => signedBy.includes(person)) }
}
const nothing = { title: null, signers: [] }

it('before anybody answers, it is what the reader would sign', async () => {
  expect(await detailsFor((await propose(cast.agent)).id)).toEqual({ title: TO_SIGN, signers: [cast.ben.id] })
})

it.each<[who: string, sign: () => readonly ('ada' | 'ben')[]]>([
  ['another person', () => ['ada']],
  ['the reader', () => ['ben']],
])('after %s has approved, it is what they signed', async (_, sign) => {
  const { id } = await propose(cast.agent)
  for (const name of sign()) mustSucceed(await cast[name].consent(id))
  expect(await detailsFor(id)).toEqual({ title: SIGNED, signers: sign().map((name) => cast[name].id) })
})

it.each<[end: string, act: (id: string) => Promise<unknown>]>([
  ['denied', async (id) => mustSucceed(await cast.ben.page.call('deny', { params: { id }, body: {} }))],
  ['withdrawn', async (id) => mustSucceed(await cast.agent.call('withdrawRequest', { params: { id } }))],
  ['revoked', async (id) => mustSucceed(await cast.ben.page.call('revokeRequest', { params: { id } }))],
  ['expired', async () => cast.authority.advance(3600)],
])('where it was %s before anybody signed, there is none', async (_, act) => {
  const { id } = await propose(cast.agent)
  await act(id)
  expect(await detailsFor(id)).toEqual(nothing)
})

it('while a kill switch holds it, there is none', async () => {
  const { id } = await propose(cast.agent)
  const body = { selector: { request: id }, reason: 'Look first' }
  const { id: killswitch } = mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body }))
  expect(await detailsFor(id)).toEqual(nothing)
  await releaseSwitch(cast.authority, cast.ada, killswitch)
  expect((await detailsFor(id)).title).toBe(TO_SIGN)
})

it('where one of two has signed, it is what the other would sign, and what was signed once it is withdrawn', async () => {
  await publishRules(cast, '@approvers("approver") @quorum("2") permit (principal, action, resource is Resource);')
  const audience = cast.forum.audience
  const { id } = mustSucceed(await cast.agent.call('openRequest', { body: { audience, action: postAction() } }))
  mustSucceed(await cast.ada.consent(id))
  expect(await detailsFor(id)).toEqual({ title: TO_SIGN, signers: [cast.ben.id] })
  mustSucceed(await cast.agent.call('withdrawRequest', { params: { id } }))
  expect(await detailsFor(id)).toEqual({ title: SIGNED, signers: [cast.ada.id] })
})

it('where one signs for themself and another after them, it says which', async () => {
  const rules = '@approvers("approver") @quorum("2") @self("yes") permit (principal, action, resource is Resource);'
  await publishRules(cast, rules)
  const { credential = '' } = await administer(cast.authority, cast.ada, {
    name: 'countersign.agent.add',
    resource: 'agent:two',
    arguments: { id: 'two', principals: [cast.ada.id, cast.ben.id], executors: [cast.forum.audience] },
  })
  const agent = cast.authority.client(credential)
  const audience = cast.forum.audience
  const openFor = async (principal: string) =>
    mustSucceed(await agent.call('openRequest', { body: { audience, principal, action: postAction() } })).id
  expect((await factsFor(await openFor(cast.ben.id))).signedBy).toMatch(/, for yourself$/)
  const id = await openFor(cast.ada.id)
  expect((await factsFor(id)).signedBy).toMatch(/, for somebody else$/)
  mustSucceed(await cast.ada.consent(id))
  expect((await factsFor(id)).signedBy).toMatch(/, after somebody who signed for themself$/)
  mustSucceed(await cast.ben.consent(id))
  expect((await factsFor(id)).signedBy).toMatch(/, one of them for themself$/)
})
