/** People who are away, and the deputies who answer in their place: who counts, for whom, until when. */
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '../cli/run-command.ts'
import { type Cast, propose as proposeTo, startCast, verifierFor } from '../http/cast.ts'
import { challengeFor, consentToAll, wire } from '../http/passkey-json.ts'
import { cookieFor } from '../http/refusals.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, enrolBy, FORUM, mustSucceed, type Person, postAction } from '../setup/authority.ts'
import { withBoards } from '../setup/policy.ts'

const BOARDS = {
  one: '@approvers("finance")',
  pair: '@approvers("finance") @quorum("2")',
  both: '@approvers("finance and approver")',
  admins: '@approvers("admin")',
  own: '@approvers("finance") @self("yes")',
}
const HOUR = 3600
const DAY = 24 * HOUR

let cast: Cast
let cleo: Person
let dan: Person
let eve: Person
/** What happens after a consent was checked, before it is recorded. */
let beforeRecord: () => Promise<unknown>
beforeEach(async () => {
  beforeRecord = async () => {}
  cast = await startCast({
    withStore: (store) => ({
      ...withBoards(BOARDS)(store),
      async recordConsent(input) {
        await beforeRecord()
        return store.recordConsent(input)
      },
    }),
  })
  const newcomer = (name: string) => enrolBy(cast.authority, cast.ada, name)
  cleo = await newcomer('Cleo')
  dan = await newcomer('Dan')
  eve = await newcomer('Eve')
  await administer(cast.authority, cast.ada, {
    name: 'countersign.group.add',
    resource: 'group:finance',
    arguments: { name: 'finance', members: [cast.ada.id, cleo.id] },
  })
})
afterEach(() => cast.authority.stop())

interface Away {
  readonly deputy?: Person
  readonly from?: number
  readonly until?: number
}

const now = () => cast.authority.now()

async function goAway(person: Person, { deputy, from, until = now() + DAY }: Away = {}) {
  const body = { until, ...(deputy ? { deputy: deputy.id } : {}), ...(from === undefined ? {} : { from }) }
  const offered = await person.page.call('offerAbsence', { body })
  if (!offered.ok) return offered
  const assertion = await person.authenticator.assert({ challenge: String(offered.value.options['challenge']) })
  return person.page.call('stateAbsence', { body: { assertion: assertion as never } })
}
const comeBack = (by: Person, id: string) => by.page.call('endAbsence', { params: { id } })
const propose = (board: keyof typeof BOARDS) => proposeTo(cast.agent, { arguments: { board, text: 'Hello' } })
const collect = (id: string) => cast.agent.call('collectToken', { params: { id } })
const inboxOf = async ({ page }: Person) => mustSucceed(await page.call('inbox')).requests.map(({ id }) => id)
const entriesOf = async (type: string) =>
  (await cast.authority.store.entriesAfter({ after: 0, limit: 10_000 }))
    .map(({ body }) => JSON.parse(body))
    .filter((entry) => entry.type === type)
async function pageOf(person: Person, path: string): Promise<string> {
  const { fetch, config } = cast.authority
  const page = await fetch(`${config.origin}${path}`, {
    headers: { accept: 'text/html', cookie: await cookieFor(cast, person) },
  })
  return (await page.text()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
}
async function shownTo({ id: who }: Person, id: string) {
  const person = await cast.authority.store.approver(who)
  if (!person) throw new Error('There is nobody')
  const shown = await cast.authority.services.requests.show(person, id)
  if (!shown.ok) throw new Error('Nothing is shown')
  return shown.value
}

describe('a deputy', () => {
  it('is asked in the place of who is away, and signs, is written down and shown as such', async () => {
    const { id, action } = await propose('one')
    expect(await inboxOf(dan)).not.toContain(id)
    expectRefusal(await dan.consent(id), 'not_found')
    mustSucceed(await goAway(cleo, { deputy: dan }))
    expect(await inboxOf(dan)).toContain(id)
    expect(await shownTo(dan, id)).toMatchObject({ cannotConsent: null, onBehalfOf: 'Cleo' })
    const { statement } = mustSucceed(await dan.page.call('offerConsent', { params: { id } }))
    expect(statement).toMatchObject({ approver: dan.id, on_behalf_of: cleo.id })
    expect(mustSucceed(await dan.consent(id)).state).toBe('approved')
    const { token } = mustSucceed(await collect(id))
    const { approval } = decodeJwt<{ approval: { consents: object[] } }>(token)
    expect(approval.consents).toMatchObject([{ approver: dan.id, on_behalf_of: cleo.id }])
    const { salt: _, ...call } = action
    expect((await verifierFor(cast, cast.forum).verify(token, call)).approvers).toEqual([dan.id])
    const [given] = await entriesOf('consent.given').then((all) => all.slice(-1))
    expect(given).toMatchObject({ approver: dan.id, consent: { on_behalf_of: cleo.id } })
    expect((await shownTo(dan, id)).quorum.consented).toMatchObject([{ name: 'Dan', onBehalfOf: 'Cleo' }])
  })

  it('is named with the absent person wherever the decision is told, also once both have left', async () => {
    mustSucceed(await goAway(cleo, { deputy: dan }))
    const { id, trace } = await propose('one')
    mustSucceed(await dan.consent(id))
    const content = async () => mustSucceed(await cast.ada.page.call('requestContent', { params: { id } }))
    const told = { approver: dan.id, name: 'Dan', on_behalf_of: { approver: cleo.id, name: 'Cleo' } }
    expect((await content()).request).toMatchObject({ consented_by: [told], grant: null })
    expect((await content()).rounds).toMatchObject([{ signed_by: [told] }])
    expect(await pageOf(cast.ada, `/requests/${id}`)).toContain('Answered by Dan for Cleo, who was away')
    expect(await pageOf(cast.ada, '/requests')).toContain('Dan for Cleo, who was away')
    expect(await pageOf(cast.ada, `/ledger/traces/${trace}`)).toContain('Dan consented for Cleo, who was away')
    expect(await pageOf(dan, `/approve/${id}`)).toContain('You consented on behalf of Cleo')
    mustSucceed(await collect(id))
    for (const { id: approver } of [dan, cleo])
      await administer(cast.authority, cast.ada, {
        name: 'countersign.approver.remove',
        resource: `approver:${approver}`,
        arguments: { approver },
      })
    const consented = [{ name: expect.any(String), onBehalfOf: expect.any(String), counts: true }]
    expect((await shownTo(cast.ada, id)).quorum).toMatchObject({ filled: 1, unfillable: null, consented })
    expect((await content()).request.consented_by).toMatchObject([
      { approver: dan.id, on_behalf_of: { approver: cleo.id } },
    ])
  })

  it('takes one place, of their own or of one absent person: a human counts once, and so does a place', async () => {
    mustSucceed(await goAway(cleo, { deputy: cast.ada }))
    const member = await propose('pair')
    mustSucceed(await cast.ada.consent(member.id))
    expectRefusal(await cast.ada.consent(member.id), 'request_denied')
    expectRefusal(await collect(member.id), 'request_pending')
    mustSucceed(await comeBack(cleo, (await openOf(cleo)) ?? ''))
    mustSucceed(await goAway(cleo, { deputy: dan }))
    const { id } = await propose('pair')
    mustSucceed(await dan.consent(id))
    // Cleo's place is taken.
    expectRefusal(await cleo.consent(id), 'forbidden')
    expectRefusal(await collect(id), 'request_pending')
    expect(mustSucceed(await cast.ada.consent(id)).state).toBe('approved')
    mustSucceed(await collect(id))
  })

  it('answers for themself first, and for somebody else where that is of no use', async () => {
    mustSucceed(await goAway(cleo, { deputy: dan }))
    const { id } = await propose('both')
    mustSucceed(await cast.ben.consent(id))
    expect(await shownTo(dan, id)).toMatchObject({ cannotConsent: null, onBehalfOf: 'Cleo' })
    expect(mustSucceed(await dan.consent(id)).state).toBe('approved')
    const plain = await propose('both')
    expect(await shownTo(dan, plain.id)).toMatchObject({ onBehalfOf: null })
  })

  it('is refused by the statement that records, where the absence ended just before', async () => {
    const { id: absence } = mustSucceed(await goAway(cleo, { deputy: dan }))
    const { id } = await propose('one')
    beforeRecord = () => comeBack(cleo, absence)
    expectRefusal(await dan.consent(id), 'forbidden')
    expect((await entriesOf('consent.given')).filter(({ request }) => request === id)).toEqual([])
    expectRefusal(await collect(id), 'request_pending')
  })

  it('answers several with one gesture, each for whom it is', async () => {
    mustSucceed(await goAway(cleo, { deputy: dan }))
    const ids = [(await propose('one')).id, (await propose('both')).id]
    const { answers } = mustSucceed(await consentToAll(dan, ids))
    expect(answers.map(({ verdict }) => verdict)).toEqual(['consented', 'consented'])
    const given = (await entriesOf('consent.given')).slice(-2)
    expect(given.map(({ consent }) => consent.on_behalf_of)).toEqual([cleo.id, undefined])
    const { token } = mustSucceed(await collect(ids[0] ?? ''))
    mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
  })

  it('denies in their place, too', async () => {
    mustSucceed(await goAway(cleo, { deputy: dan }))
    const { id } = await propose('one')
    expectRefusal(await eve.page.call('deny', { params: { id }, body: {} }), 'not_found')
    expect(mustSucceed(await dan.page.call('deny', { params: { id }, body: {} })).state).toBe('denied')
    const { id: own } = await propose('both')
    mustSucceed(await dan.page.call('deny', { params: { id: own }, body: {} }))
    const denied = (await entriesOf('consent.denied')).slice(-2)
    expect(denied.map(({ approver, on_behalf_of: absent }) => [approver, absent])).toEqual([
      [dan.id, cleo.id],
      [dan.id, undefined],
    ])
  })

  it('has no rights of an admin, and no say about the authority itself', async () => {
    mustSucceed(await goAway(cast.ada, { deputy: dan }))
    const { id } = await propose('admins')
    expect(await inboxOf(dan)).not.toContain(id)
    expectRefusal(await dan.consent(id), 'not_found')
    const action = {
      name: 'countersign.group.remove',
      resource: 'group:finance',
      arguments: { name: 'finance' },
      salt: 'A'.repeat(22),
    }
    const { origin } = cast.authority.config
    const change = mustSucceed(await cast.authority.operator.propose({ body: { audience: origin, action } }))
    expectRefusal(await dan.consent(change.id), 'not_found')
  })

  it('is nobody where the absent person is the principal or runs the agent, nor where they are themself', async () => {
    for (const runBy of [cleo.id, dan.id]) {
      const name = `agent-of-${runBy.slice(0, 5)}`.toLowerCase()
      const { credential = '' } = await administer(cast.authority, cast.ada, {
        name: 'countersign.agent.add',
        resource: `agent:${name}`,
        arguments: { id: name, run_by: runBy, executors: [FORUM], principals: [name, runBy] },
      })
      const agent = cast.authority.client(credential)
      const asked = mustSucceed(
        await agent.propose({
          body: { audience: FORUM, action: postAction('Hello', { arguments: { board: 'one', text: 'x' } }) },
        }),
      )
      const open = await openOf(cleo)
      if (!open) mustSucceed(await goAway(cleo, { deputy: dan }))
      expect(await inboxOf(dan)).not.toContain(runBy === cleo.id ? asked.id : '')
      expectRefusal(await dan.consent(asked.id), 'forbidden')
    }
    // Not through a delegation, even where the policy allows self-approval.
    const own = mustSucceed(
      await cast.authority
        .client(await addAgentFor('planner', cleo.id))
        .propose({ body: { audience: FORUM, action: postAction('x', { arguments: { board: 'own', text: 'x' } }) } }),
    )
    expectRefusal(await dan.consent(own.id), 'forbidden')
  })
})

const openOf = async ({ page, id }: Person) =>
  mustSucceed(await page.call('listAbsences')).absences.find(({ approver }) => approver === id)?.id

async function addAgentFor(id: string, principal: string): Promise<string> {
  const { credential = '' } = await administer(cast.authority, cast.ada, {
    name: 'countersign.agent.add',
    resource: `agent:${id}`,
    arguments: { id, principals: [principal], executors: [FORUM] },
  })
  return credential
}

describe('an absence', () => {
  it('is stated with a passkey alone, within its bounds, one at a time', async () => {
    for (const until of [now() - 1, now(), now() + 31 * DAY]) {
      expectRefusal(await goAway(cleo, { until }), 'invalid_request')
    }
    expectRefusal(await goAway(cleo, { from: now() + 91 * DAY, until: now() + 92 * DAY }), 'invalid_request')
    expectRefusal(await goAway(cleo, { from: now() + 2 * HOUR, until: now() + HOUR }), 'invalid_request')
    expectRefusal(await goAway(cleo, { deputy: cleo }), 'invalid_request')
    expectRefusal(await goAway(cleo, { deputy: { ...dan, id: 'Z'.repeat(22) } }), 'not_found')
    const auditor = await enrolBy(cast.authority, cast.ada, 'Audrey', ['auditor'])
    expectRefusal(await goAway(cleo, { deputy: auditor }), 'not_found')
    expectRefusal(await goAway(auditor), 'forbidden')
    mustSucceed(await goAway(cleo, { deputy: dan }))
    expectRefusal(await goAway(cleo, { deputy: eve }), 'invalid_request')
    const [stated] = await entriesOf('absence.stated')
    expect(stated).toMatchObject({ approver: cleo.id, deputy: dan.id, signed: { signature: expect.any(String) } })
  })

  it('takes no other gesture than the one over its statement, once, by its person', async () => {
    const body = { deputy: dan.id, until: now() + HOUR }
    const { options } = mustSucceed(await cleo.page.call('offerAbsence', { body }))
    const challenge = String(options['challenge'])
    const foreign = wire(await dan.authenticator.assert({ challenge }))
    expectRefusal(await dan.page.call('stateAbsence', { body: { assertion: foreign } }), 'consent_invalid')
    const own = wire(await cleo.authenticator.assert({ challenge }))
    expectRefusal(await cleo.page.call('stateAbsence', { body: { assertion: own } }), 'consent_invalid')
    const request = await propose('one')
    const consent = wire(await cleo.authenticator.assert({ challenge: await challengeFor(cleo.page, request.id) }))
    expectRefusal(await cleo.page.call('stateAbsence', { body: { assertion: consent } }), 'consent_invalid')
  })

  it('begins and ends by its time: a consent that was given meanwhile stays, none is given after', async () => {
    mustSucceed(await goAway(cleo, { deputy: dan, from: now() + HOUR, until: now() + 2 * HOUR }))
    const early = await propose('one')
    expect(await inboxOf(dan)).not.toContain(early.id)
    expectRefusal(await dan.consent(early.id), 'not_found')
    cast.authority.advance(HOUR)
    cast.authority.advance(HOUR - 60)
    const [given, kept, late] = [await propose('pair'), await propose('one'), await propose('one')]
    mustSucceed(await dan.consent(given.id))
    mustSucceed(await dan.consent(kept.id))
    const challenge = await challengeFor(dan.page, late.id)
    cast.authority.advance(60)
    const assertion = wire(await dan.authenticator.assert({ challenge }))
    expectRefusal(await dan.page.call('consent', { params: { id: late.id }, body: { assertion } }), 'not_found')
    await cast.authority.services.sweep()
    expect(await entriesOf('absence.ended')).toMatchObject([{ approver: cleo.id, deputy: dan.id }])
    mustSucceed(await collect(kept.id))
    expect(mustSucceed(await cast.ada.consent(given.id)).state).toBe('approved')
    mustSucceed(await collect(given.id))
  })

  it.each(['person', 'deputy', 'admin', 'operator'] as const)('is ended by %s, and by nobody else', async (by) => {
    const { id } = mustSucceed(await goAway(cleo, { deputy: dan }))
    const waits = await propose('one')
    const assertion = wire(await dan.authenticator.assert({ challenge: await challengeFor(dan.page, waits.id) }))
    expectRefusal(await comeBack(eve, id), 'not_found')
    const { operator } = cast.authority
    if (by === 'operator') mustSucceed(await operator.call('endAbsence', { params: { id } }))
    else mustSucceed(await comeBack({ person: cleo, deputy: dan, admin: cast.ada }[by], id))
    expectRefusal(await dan.page.call('consent', { params: { id: waits.id }, body: { assertion } }), 'not_found')
    expect(await inboxOf(dan)).not.toContain(waits.id)
    expectRefusal(await comeBack(cleo, id), 'not_found')
    mustSucceed(await goAway(cleo, { deputy: eve }))
  })

  it.each(['person', 'deputy'] as const)(
    'ends when its %s is suspended, with the consents given in it',
    async (who) => {
      mustSucceed(await goAway(cleo, { deputy: dan }))
      const { id, trace } = await propose('one')
      mustSucceed(await dan.consent(id))
      const { id: person } = who === 'person' ? cleo : dan
      mustSucceed(await cast.ada.page.call('suspendPerson', { params: { id: person } }))
      expect(await entriesOf('absence.ended')).toMatchObject([{ approver: cleo.id, cause: 'approver.suspended' }])
      expectRefusal(await collect(id), 'request_pending')
      const voided = (await entriesOf('consent.voided')).filter((entry) => entry.trace === trace)
      expect(voided).toMatchObject([{ approver: dan.id }])
      expect(mustSucceed(await cast.ada.page.call('listAbsences')).absences).toEqual([])
    },
  )

  it.each(['person', 'deputy'] as const)('ends when its %s is removed, or is no approver any more', async (who) => {
    const { id: person } = who === 'person' ? cleo : dan
    const target = { resource: `approver:${person}` }
    mustSucceed(await goAway(cleo, { deputy: dan }))
    await administer(cast.authority, cast.ada, {
      ...target,
      name: 'countersign.approver.update',
      arguments: { approver: person, replaces: ['approver'], roles: ['auditor'] },
    })
    expect(await entriesOf('absence.ended')).toMatchObject([{ approver: cleo.id, cause: 'approver.changed' }])
    await administer(cast.authority, cast.ada, {
      ...target,
      name: 'countersign.approver.update',
      arguments: { approver: person, replaces: ['auditor'], roles: ['approver'] },
    })
    mustSucceed(await goAway(cleo, { deputy: dan }))
    const { id } = await propose('one')
    mustSucceed(await dan.consent(id))
    const token = mustSucceed(await collect(id))
    await administer(cast.authority, cast.ada, {
      ...target,
      name: 'countersign.approver.remove',
      arguments: { approver: person },
    })
    expect(await entriesOf('absence.ended')).toHaveLength(2)
    const redeemed = await cast.forum.client.call('redeem', { body: { token: token.token } })
    expectRefusal(redeemed, 'token_revoked')
  })

  it('ends for a group that the person leaves', async () => {
    mustSucceed(await goAway(cleo, { deputy: dan }))
    const { id } = await propose('one')
    mustSucceed(await dan.consent(id))
    await administer(cast.authority, cast.ada, {
      name: 'countersign.group.update',
      resource: 'group:finance',
      arguments: { name: 'finance', version: 1, members: [cast.ada.id] },
    })
    expectRefusal(await collect(id), 'request_pending')
    expectRefusal(await dan.consent((await propose('one')).id), 'not_found')
  })

  it.each([1, 2, 3])('makes no cycle, of two or three, nor where all state theirs at once (round %i)', async () => {
    mustSucceed(await goAway(cleo, { deputy: dan, until: now() + 2 * DAY }))
    expectRefusal(await goAway(dan, { deputy: cleo }), 'invalid_request')
    expect(await goAway(dan, { deputy: cleo })).toMatchObject({ status: 409 })
    mustSucceed(await goAway(dan, { deputy: eve, from: now() + DAY, until: now() + 3 * DAY }))
    expectRefusal(await goAway(eve, { deputy: cleo, until: now() + DAY + 60 }), 'invalid_request')
    // No instant in which all three are away.
    mustSucceed(await goAway(eve, { deputy: cleo, until: now() + DAY - 60 }))
    for (const person of [cleo, dan, eve]) mustSucceed(await comeBack(person, (await openOf(person)) ?? ''))
    const ring = [goAway(cleo, { deputy: dan }), goAway(dan, { deputy: eve }), goAway(eve, { deputy: cleo })]
    expect((await Promise.all(ring)).filter(({ ok }) => ok)).toHaveLength(2)
  })

  it('is followed over one link: the deputy of a deputy is asked for nothing of the first', async () => {
    mustSucceed(await goAway(cleo, { deputy: dan }))
    mustSucceed(await goAway(dan, { deputy: eve }))
    const { id } = await propose('one')
    expect(await inboxOf(eve)).not.toContain(id)
    expectRefusal(await eve.consent(id), 'not_found')
  })

  it('of all who could answer is said to the agent and on the page, and nothing passes', async () => {
    mustSucceed(await goAway(cleo))
    const { id } = await propose('one')
    expect((await shownTo(cast.ada, id)).quorum.unfillable).toBeNull()
    mustSucceed(await goAway(cast.ada))
    expect((await shownTo(cast.ada, id)).quorum.unfillable).toMatch(/“finance” are away/)
    const seen = mustSucceed(await cast.agent.call('viewRequest', { params: { id } }))
    expect(seen).toMatchObject({ state: 'pending', unfillable: expect.stringMatching(/“finance” are away/) })
    const found = (await cast.authority.services.examineSelf()).find(({ subject }) => subject === 'waiting requests')
    expect(found).toMatchObject({ well: false, words: expect.stringContaining(`such as ${id}: Too many people`) })
    await cast.authority.listen()
    const { stdout } = await runCommand(['why', id], {
      COUNTERSIGN_URL: cast.authority.config.origin,
      COUNTERSIGN_CREDENTIAL: cast.agentSecret,
      NO_COLOR: '1',
    })
    expect(stdout).toMatch(/waits +Too many people of “finance” are away.*Ask an admin/s)
    expectRefusal(await collect(id), 'request_pending')
    mustSucceed(await comeBack(cleo, (await openOf(cleo)) ?? ''))
    const again = mustSucceed(await cast.agent.call('viewRequest', { params: { id } }))
    expect(again.unfillable).toBeUndefined()
  })

  it('is listed to who has a part in it, and to admins, auditors and the operator', async () => {
    const { id } = mustSucceed(await goAway(cleo, { deputy: dan }))
    const listed = async (by: Pick<Person, 'page'>) =>
      mustSucceed(await by.page.call('listAbsences')).absences.map((absence) => absence.id)
    for (const person of [cleo, dan, cast.ada]) expect(await listed(person)).toEqual([id])
    expect(await listed(eve)).toEqual([])
    expect(mustSucceed(await cast.authority.operator.call('listAbsences')).absences).toMatchObject([
      { id, approver: cleo.id, deputy: dan.id, away: true },
    ])
    expectRefusal(await cast.agent.call('listAbsences'), 'forbidden')
  })
})
