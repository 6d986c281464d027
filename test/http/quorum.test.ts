/** Distinct people from named groups, at once or in order: who counts, who does not, and from when on no longer. */
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { administer, consentTo, enrolBy, FORUM, mustSucceed, type Person } from '../setup/authority.ts'
import { withBoards } from '../setup/policy.ts'
import { type Cast, propose as proposeTo, startCast, storyOf, verifierFor } from './cast.ts'
import { addPasskeyTo, challengeFor, wire } from './passkey-json.ts'
import { cookieFor } from './refusals.ts'
import { expectRefusal } from './watch.ts'

const BOARDS = {
  both: '@approvers("finance and legal")',
  pair: '@approvers("finance and admin")',
  turns: '@order("finance, legal")',
  three: '@approvers("finance") @quorum("3")',
  law: '@approvers("legal")',
}

let cast: Cast
let cleo: Person
let dan: Person
beforeAll(async () => {
  cast = await startCast({ withStore: withBoards(BOARDS) })
  const newcomer = (name: string) => enrolBy(cast.authority, cast.ada, name)
  cleo = await newcomer('Cleo')
  dan = await newcomer('Dan')
  await group('add', 'finance', cast.ben, cleo)
  await group('add', 'legal', cleo, dan)
})
afterAll(() => cast.authority.stop())

const versions = new Map<string, number>()
async function group(verb: 'add' | 'update', name: string, ...people: Person[]) {
  const members = people.map(({ id }) => id)
  const version = versions.get(name) ?? 0
  versions.set(name, version + 1)
  const args = verb === 'add' ? { name, members } : { name, version, members }
  await administer(cast.authority, cast.ada, {
    name: `countersign.group.${verb}`,
    resource: `group:${name}`,
    arguments: args,
  })
}
const restore = async () => {
  await group('update', 'finance', cast.ben, cleo)
  await group('update', 'legal', cleo, dan)
}

const propose = (board: keyof typeof BOARDS) => proposeTo(cast.agent, { arguments: { board, text: 'Hello' } })
const collect = (id: string) => cast.agent.call('collectToken', { params: { id } })
const inboxOf = async ({ page }: Person) => mustSucceed(await page.call('inbox')).requests.map(({ id }) => id)
const consentsIn = (token: string) =>
  decodeJwt<{ approval: { consents: { approver: string }[] } }>(token).approval.consents.map(({ approver }) => approver)
const cannot = async ({ id: who }: Person, id: string) => {
  const person = await cast.authority.store.approver(who)
  if (!person) throw new Error('There is nobody')
  const shown = await cast.authority.services.requests.show(person, id)
  return shown.ok ? shown.value.cannotConsent : null
}

describe('one of finance and one of legal', () => {
  it('are two people, in whatever order; others of their groups are asked no more', async () => {
    const { id, action } = await propose('both')
    expect(await inboxOf(dan)).toContain(id)
    mustSucceed(await cast.ben.consent(id))
    expect(await inboxOf(cast.ben)).not.toContain(id)
    expect(await inboxOf(cleo)).toContain(id)
    expectRefusal(await collect(id), 'request_pending')
    expect(mustSucceed(await dan.consent(id))).toMatchObject({ state: 'approved', consents: 2 })
    const { token } = mustSucceed(await collect(id))
    const { salt: _, ...call } = action
    const approval = await verifierFor(cast, cast.forum).verify(token, call)
    expect([...approval.approvers].sort()).toEqual([cast.ben.id, dan.id].sort())
  })

  it('are not one person of both, with however many passkeys', async () => {
    const second = await addPasskeyTo(cleo, cast.authority.config)
    const { id } = await propose('both')
    mustSucceed(await cleo.consent(id))
    expectRefusal(await consentTo(cleo.page, second, id), 'request_denied')
    expectRefusal(await collect(id), 'request_pending')
    // Whoever comes next takes the place that Cleo can leave.
    expect(mustSucceed(await cast.ben.consent(id)).state).toBe('approved')
    expect(consentsIn(mustSucceed(await collect(id)).token).sort()).toEqual([cleo.id, cast.ben.id].sort())
  })

  it('are nobody else, who is told why', async () => {
    const { id } = await propose('both')
    expectRefusal(await cast.ada.consent(id), 'forbidden')
    expectRefusal(await cast.ada.page.call('deny', { params: { id }, body: {} }), 'not_found')
    const offered = await cast.ada.page.call('offerConsent', { params: { id } })
    const detail = expect.stringMatching(/for the groups “finance” or “legal”, to which you do not belong/)
    expect(offered).toMatchObject({ problem: { detail } })
    expect(await inboxOf(cast.ada)).not.toContain(id)
  })

  it.each([1, 2, 3])('are exactly two, where all race (round %i)', async () => {
    const { id, trace } = await propose('both')
    const people = [cast.ben, cleo, dan, cast.ben, cleo, dan]
    const ready = await Promise.all(
      people.map(async ({ page, authenticator }) => {
        const assertion = wire(await authenticator.assert({ challenge: await challengeFor(page, id) }))
        return () => page.call('consent', { params: { id }, body: { assertion } })
      }),
    )
    const answers = await Promise.all(ready.map((consent) => consent()))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(2)
    expect((await storyOf(cast.authority, trace)).filter((type) => type === 'consent.given')).toHaveLength(2)
    expect(new Set(consentsIn(mustSucceed(await collect(id)).token)).size).toBe(2)
  })

  it('are no longer two of finance at the same moment', async () => {
    const { id } = await propose('pair')
    const ready = await Promise.all(
      [cast.ben, cleo].map(async ({ page, authenticator }) => {
        const assertion = wire(await authenticator.assert({ challenge: await challengeFor(page, id) }))
        return () => page.call('consent', { params: { id }, body: { assertion } })
      }),
    )
    const answers = await Promise.all(ready.map((consent) => consent()))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    const refused = answers.find(({ ok }) => !ok)
    if (refused) expectRefusal(refused, 'forbidden')
    expectRefusal(await collect(id), 'request_pending')
    expect(mustSucceed(await cast.ada.consent(id)).state).toBe('approved')
  })

  it('end with one denial, by anybody of them', async () => {
    const { id } = await propose('both')
    mustSucceed(await cast.ben.consent(id))
    expect(mustSucceed(await dan.page.call('deny', { params: { id }, body: {} })).state).toBe('denied')
    expectRefusal(await cleo.consent(id), 'request_denied')
    expectRefusal(await collect(id), 'request_denied')
  })
})

describe('a member who leaves', () => {
  afterEach(restore)

  it('counts no longer where others are still awaited', async () => {
    const { id } = await propose('both')
    mustSucceed(await cast.ben.consent(id))
    await group('update', 'finance', cleo)
    expect(mustSucceed(await dan.consent(id))).toMatchObject({ state: 'pending', consents: 1 })
    expect(mustSucceed(await cleo.consent(id))).toMatchObject({ state: 'approved', consents: 2 })
    expect(consentsIn(mustSucceed(await collect(id)).token).sort()).toEqual([cleo.id, dan.id].sort())
  })

  it('counts no longer where the quorum was met and the token was not collected: others are asked again', async () => {
    const { id } = await propose('both')
    mustSucceed(await cast.ben.consent(id))
    expect(mustSucceed(await dan.consent(id)).state).toBe('approved')
    await group('update', 'finance', cleo)
    expectRefusal(await collect(id), 'request_pending')
    expect(await inboxOf(cleo)).toContain(id)
    mustSucceed(await cleo.consent(id))
    expect(consentsIn(mustSucceed(await collect(id)).token).sort()).toEqual([cleo.id, dan.id].sort())
  })

  it('counts again once they are back', async () => {
    const { id } = await propose('both')
    mustSucceed(await cast.ben.consent(id))
    mustSucceed(await dan.consent(id))
    await group('update', 'finance', cleo)
    await group('update', 'finance', cleo, cast.ben)
    expect(consentsIn(mustSucceed(await collect(id)).token).sort()).toEqual([cast.ben.id, dan.id].sort())
  })
})

describe('in order', () => {
  it('the second group is asked once the first has answered', async () => {
    const { id } = await propose('turns')
    expect(await inboxOf(dan)).not.toContain(id)
    expect(await cannot(dan, id)).toMatch(/not the turn of your group yet.*from “finance”/)
    expectRefusal(await dan.consent(id), 'forbidden')
    expect(mustSucceed(await cleo.consent(id)).state).toBe('pending')
    expectRefusal(await cast.ben.consent(id), 'forbidden')
    expect(await inboxOf(dan)).toContain(id)
    expect(mustSucceed(await dan.consent(id)).state).toBe('approved')
    expect(consentsIn(mustSucceed(await collect(id)).token)).toEqual([cleo.id, dan.id])
  })

  it('anybody who is asked at all can deny before their turn', async () => {
    const { id } = await propose('turns')
    expect(mustSucceed(await dan.page.call('deny', { params: { id }, body: {} })).state).toBe('denied')
  })
})

describe('groups that cannot answer', () => {
  it('leave the request pending, and its page says that nobody can meet it', async () => {
    const { id } = await propose('three')
    const ben = await cast.authority.store.approver(cast.ben.id)
    if (!ben) throw new Error('Ben is gone')
    const shown = await cast.authority.services.requests.show(ben, id)
    expect(shown).toMatchObject({ ok: true, value: { quorum: { unfillable: expect.stringContaining('only 2') } } })
  })
})

describe('a quorum that cannot be filled', () => {
  const toldOf = async (id: string) => {
    const told = mustSucceed(await cast.agent.call('viewRequest', { params: { id } })).unfillable
    const cookie = await cookieFor(cast, cleo)
    const pages = await Promise.all(
      ['/', `/requests/${id}`, `/approve/${id}`].map(async (path) =>
        (
          await cast.authority.fetch(`${cast.authority.config.origin}${path}`, {
            headers: { cookie, accept: 'text/html' },
          })
        ).text(),
      ),
    )
    return { told, pages }
  }
  afterEach(restore)

  it('since a group is too small, is told to the agent, in the inbox and on its pages', async () => {
    const { id } = await propose('three')
    const { told, pages } = await toldOf(id)
    expect(told).toMatch(/3 different people from the group “finance”, and there are only 2\. Ask an admin/)
    const [inbox = '', ...others] = pages
    expect(inbox).toContain('Too few people can answer')
    for (const page of others) expect(page).toMatch(/data-unfillable=.*there are only 2/s)
  })

  it('since people left the group afterwards, is told until others are in it', async () => {
    const { id } = await propose('both')
    expect((await toldOf(id)).told).toBeUndefined()
    await group('update', 'legal', cleo)
    await group('update', 'finance', cleo)
    expect((await toldOf(id)).told).toContain('there are only 1')
    await restore()
    expect((await toldOf(id)).told).toBeUndefined()
  })

  it('since whoever is left may not consent to it, is told', async () => {
    const credential = await administer(cast.authority, cast.ada, {
      name: 'countersign.agent.add',
      resource: 'agent:own',
      arguments: { id: 'own', run_by: dan.id, executors: [FORUM] },
    })
    await group('update', 'legal', dan)
    const agent = cast.authority.client(credential.credential ?? '')
    const { id } = await proposeTo(agent, { arguments: { board: 'law', text: 'Hello' } })
    const seen = mustSucceed(await agent.call('viewRequest', { params: { id } }))
    expect(seen.unfillable).toMatch(/Too few people of “legal” may consent to it: .*run its agent/)
    await group('update', 'legal', dan, cleo)
    expect(mustSucceed(await agent.call('viewRequest', { params: { id } })).unfillable).toBeUndefined()
  })
})

describe('a member whom the database alone puts into a group', () => {
  it('does not count, since nobody consented to it', async () => {
    const { id } = await propose('law')
    await cast.authority.database.run({
      text: `UPDATE groups SET members = members || '["${cast.ben.id}"]' WHERE name = 'legal'`,
      parameters: [],
    })
    expectRefusal(await cast.ben.consent(id), 'not_found')
    expectRefusal(await collect(id), 'request_pending')
  })
})
