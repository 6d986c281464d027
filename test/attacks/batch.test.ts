/**
 * One gesture for several requests: it counts for exactly those that were offered and shown, each by itself, and once.
 */
import {
  base64urlEncode,
  batchChallenge,
  type Consent,
  type ConsentStatement,
  consentChallenge,
  type Digest,
  statementDigest,
} from '@countersign/verifier'
import { sql } from 'drizzle-orm'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareEntry } from '../../src/domain/ledger/entry.ts'
import { statement } from '../../src/store/driver/sql-statement.ts'
import { requests as requestTable } from '../../src/store/schema/tables.ts'
import { type Cast, propose, startCast, storyOf, verifierFor } from '../http/cast.ts'
import { batchChallengeFor, consentToAll, wire } from '../http/passkey-json.ts'
import { expectRefusal } from '../http/watch.ts'
import type { AssertOptions } from '../setup/authenticator.ts'
import { administer, FORUM, mustSucceed, type Person, postAction } from '../setup/authority.ts'
import { withTerms } from './terms.ts'

let cast: Cast
beforeAll(async () => {
  // A store that is replaced is read as it is, verb by verb.
  cast = await startCast({ withStore: (store) => store })
})
afterAll(() => cast.authority.stop())

const several = (count: number) => Promise.all(Array.from({ length: count }, () => propose(cast.agent)))
const idsOf = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id)
type Body = Parameters<typeof cast.agent.propose>[0]['body']
async function proposeWith(more: Pick<Partial<Body>, 'reason' | 'preview'> & { readonly action?: object }) {
  const body = { audience: FORUM, ...more, action: postAction('Hello', more.action) }
  return mustSucceed(await cast.agent.propose({ body })).id
}
const answer = (person: Person, requests: readonly string[], assertion: ReturnType<typeof wire>) =>
  person.page.call('consentBatch', { body: { requests: [...requests], assertion } })
const signed = async (person: Person, challenge: string) => wire(await person.authenticator.assert({ challenge }))
const verdictsOf = (answered: Awaited<ReturnType<typeof answer>>) =>
  mustSucceed(answered).answers.map(({ verdict, code }) => code ?? verdict)

/** A change to the authority, proposed by Ada. */
async function rotation() {
  const action = { ...postAction(), name: 'countersign.key.rotate', resource: 'keys', arguments: {} }
  return { ...mustSucceed(await cast.ada.page.call('openAdministration', { body: { action } })), action }
}

/** Nothing came of it, and the same person's honest gesture works right after. */
async function stillOpenTo(person: Person, ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await cast.authority.store.consents(id)).toEqual([])
  expect(verdictsOf(await consentToAll(person, ids))).toEqual(ids.map(() => 'consented'))
}

describe('a gesture for several', () => {
  it.each<[string, Parameters<typeof proposeWith>[0]]>([
    ['hidden characters in an argument', { action: { arguments: { board: 'eng', text: 'pay\u200bload' } } }],
    ['a hidden character in a long argument', { action: { arguments: { text: `${'word '.repeat(9000)}a\u200bb` } } }],
    ['an imitated word in the resource', { action: { resource: 'forum:p\u0430ypal/threads/42' } }],
    ['reordered text in the name of an argument', { action: { arguments: { 'a\u202eb': 'x' } } }],
    ['blank lines before a sentence', { action: { arguments: { text: `Hi${'\n'.repeat(60)}and more` } } }],
    ['hidden characters in the reason', { reason: 'asked\u2063 twice' }],
    ['hidden characters in the preview', { preview: { changes: [{ label: 'x', before: null, after: 'a\u200bb' }] } }],
  ])('never covers %s, whoever sends it', async (_, concealing) => {
    const [honest = '', warned = ''] = [...idsOf(await several(1)), await proposeWith(concealing)]
    for (const ids of [
      [honest, warned],
      [warned, honest],
    ]) {
      const offered = await cast.ben.page.call('offerBatch', { body: { requests: ids } })
      expectRefusal(offered, 'forbidden')
      expect(offered).toMatchObject({ problem: { detail: expect.stringContaining(warned) } })
    }
    mustSucceed(await cast.ben.consent(warned))
    await stillOpenTo(cast.ben, idsOf(await several(2)))
  })

  it('makes one token each, which an executor verifies by itself', async () => {
    const asked = await several(3)
    expect(verdictsOf(await consentToAll(cast.ben, idsOf(asked)))).toEqual(['consented', 'consented', 'consented'])
    for (const { id, action } of asked) {
      const { token } = mustSucceed(await cast.agent.call('collectToken', { params: { id } }))
      const { salt: _, ...call } = action
      const approval = await verifierFor(cast, cast.forum).verify(token, call)
      expect(approval.approvers).toEqual([cast.ben.id])
    }
  })

  it('carries what was signed together, in the order that was shown', async () => {
    const asked = idsOf(await several(4))
    mustSucceed(await consentToAll(cast.ben, asked))
    const consents = await Promise.all(asked.map(async (id) => (await cast.authority.store.consents(id))[0]?.consent))
    const [first] = consents
    expect(first?.batch).toHaveLength(4)
    for (const [at, one] of consents.entries()) {
      expect(one?.batch).toEqual(first?.batch)
      expect(one?.signature).toBe(first?.signature)
      expect(one?.batch?.[at]).toBe(await digestOfConsent(asked[at] ?? '', one))
    }
    expect(new Set(consents.map((one) => one?.nonce)).size).toBe(4)
  })

  it.each<[string, Partial<AssertOptions>]>([
    ['without verifying the person', { userVerified: false }],
    ['given on a foreign page', { origin: 'https://evil.example' }],
    ['given in a foreign frame', { crossOrigin: true }],
    ['to another challenge', { challenge: 'A'.repeat(43) }],
  ])('%s is refused for all of them, and stands in the record of each', async (_, overrides) => {
    const asked = await several(2)
    expectRefusal(await consentToAll(cast.ben, idsOf(asked), overrides), 'consent_invalid')
    for (const { trace } of asked) expect((await storyOf(cast.authority, trace)).at(-1)).toBe('token.refused')
    await stillOpenTo(cast.ben, idsOf(asked))
  })

  it.each([1, 17])('is not offered for %i', async (count) => {
    const body = { requests: Array.from({ length: count }, (_, at) => `${at}`.padStart(22, 'A')) }
    expectRefusal(await cast.ben.page.call('offerBatch', { body }), 'invalid_request')
    const assertion = await signed(cast.ben, 'AAAA')
    expectRefusal(await cast.ben.page.call('consentBatch', { body: { ...body, assertion } }), 'invalid_request')
  })

  it('is offered for sixteen', async () => {
    const asked = idsOf(await several(16))
    expect(new Set(verdictsOf(await consentToAll(cast.ben, asked)))).toEqual(new Set(['consented']))
    const { token } = mustSucceed(await cast.agent.call('collectToken', { params: { id: asked[15] ?? '' } }))
    expect(token.length).toBeLessThan(12_288)
  })

  it('is not offered for one request twice', async () => {
    const [one] = idsOf(await several(1))
    const requests = [String(one), String(one)]
    expectRefusal(await cast.ben.page.call('offerBatch', { body: { requests } }), 'invalid_request')
  })

  it('in another order, or for fewer, more or others than offered, is refused', async () => {
    const asked = idsOf(await several(3))
    const [other] = idsOf(await several(1))
    for (const claimed of [
      [...asked].reverse(),
      asked.slice(1),
      [...asked, String(other)],
      [...asked.slice(1), String(other)],
    ]) {
      const assertion = await signed(cast.ben, await batchChallengeFor(cast.ben.page, asked))
      expectRefusal(await answer(cast.ben, claimed, assertion), 'consent_invalid')
      // The offer is taken by that: it does not serve a second attempt.
      expectRefusal(await answer(cast.ben, asked, assertion), 'consent_invalid')
    }
    await stillOpenTo(cast.ben, asked)
  })

  it('over digests that were not offered together is refused, though each was offered', async () => {
    const asked = idsOf(await several(3))
    const { statements } = mustSucceed(await cast.ben.page.call('offerBatch', { body: { requests: asked } }))
    const digests = await Promise.all(statements.map((one) => statementDigest(one as never)))
    const [a = '', b = '', c = ''] = digests as Digest[]
    for (const made of [
      [b, a, c],
      [a, b],
      [a, a, b, c],
      [a, b, `sha-256:${'A'.repeat(43)}`],
    ]) {
      const challenge = base64urlEncode(await batchChallenge(made as Digest[]))
      expectRefusal(await answer(cast.ben, asked, await signed(cast.ben, challenge)), 'consent_invalid')
    }
    await stillOpenTo(cast.ben, asked)
  })

  it('counts once: the same gesture again is refused', async () => {
    const asked = idsOf(await several(2))
    const assertion = await signed(cast.ben, await batchChallengeFor(cast.ben.page, asked))
    mustSucceed(await answer(cast.ben, asked, assertion))
    expectRefusal(await answer(cast.ben, asked, assertion), 'consent_invalid')
    for (const id of asked) expect(await cast.authority.store.consents(id)).toHaveLength(1)
  })

  it('is none to one of them alone, nor is that one a gesture for several', async () => {
    const asked = idsOf(await several(2))
    const [first = ''] = asked
    const forAll = await signed(cast.ben, await batchChallengeFor(cast.ben.page, asked))
    expectRefusal(
      await cast.ben.page.call('consent', { params: { id: first }, body: { assertion: forAll } }),
      'consent_invalid',
    )
    const { statement: offered } = mustSucceed(await cast.ben.page.call('offerConsent', { params: { id: first } }))
    const forOne = await signed(cast.ben, base64urlEncode(await consentChallenge(offered as never)))
    expectRefusal(await answer(cast.ben, asked, forOne), 'consent_invalid')
    await stillOpenTo(cast.ben, asked)
  })

  it('offered to one person is none by another', async () => {
    const asked = idsOf(await several(2))
    const challenge = await batchChallengeFor(cast.ben.page, asked)
    expectRefusal(await answer(cast.ada, asked, await signed(cast.ada, challenge)), 'consent_invalid')
    const bens = await signed(cast.ben, await batchChallengeFor(cast.ben.page, asked))
    expectRefusal(await answer(cast.ada, asked, bens), 'consent_invalid')
    await stillOpenTo(cast.ben, asked)
  })

  it('is not offered for a change to the authority', async () => {
    const requests = [...idsOf(await several(1)), (await rotation()).id]
    expectRefusal(await cast.ada.page.call('offerBatch', { body: { requests } }), 'forbidden')
    expectRefusal(await cast.ben.page.call('offerBatch', { body: { requests } }), 'not_found')
    for (const id of requests) expect(await cast.authority.store.consents(id)).toEqual([])
  })

  it('brings no change about, also where a stored consent says that it was one of many', async () => {
    const changes = [await rotation(), await rotation()]
    const statements = await Promise.all(
      changes.map(async ({ id }) => {
        const offered = mustSucceed(await cast.ada.page.call('offerConsent', { params: { id } }))
        return offered.statement as never as ConsentStatement
      }),
    )
    const batch = await Promise.all(statements.map(statementDigest))
    const { response } = await signed(cast.ada, base64urlEncode(await batchChallenge(batch)))
    const [change, said] = [changes[0], statements[0]]
    if (!change || !said) throw new Error('There are two')
    const consent: Consent = {
      approver: cast.ada.id,
      nonce: said.nonce,
      expires: said.expires,
      preview: said.preview,
      key: cast.ada.authenticator.kid,
      authenticator_data: String(response['authenticatorData' as keyof typeof response]),
      client_data_json: String(response['clientDataJSON' as keyof typeof response]),
      signature: String(response['signature' as keyof typeof response]),
      batch,
    }
    const { credentialId } = cast.ada.authenticator
    const gesture = { approver: cast.ada.id, credentialId, counter: 0, backedUp: false, now: cast.authority.now() }
    const entry = await prepareEntry('consent.given', cast.authority.now(), change.trace, { request: change.id })
    const given = { request: change.id, consent, separation: said.separation, entry }
    const verdict = await cast.authority.store.recordConsent({ ...gesture, ...given })
    expect(verdict).toMatchObject({ verdict: 'recorded', approved: true })
    const { token } = mustSucceed(await cast.ada.page.call('collectAdministration', { params: { id: change.id } }))
    const call = { body: { action: change.action }, headers: { 'approval-token': token } }
    expectRefusal(await cast.ada.page.call('administer', call), 'consent_invalid')
  })
})

describe('one that changed between offer and answer spoils none of the others', () => {
  async function meanwhile(happens: (id: string) => Promise<unknown>, code: string): Promise<void> {
    const asked = await several(3)
    const [first, second, third] = idsOf(asked)
    const ids = [first, second, third].map(String)
    const assertion = await signed(cast.ben, await batchChallengeFor(cast.ben.page, ids))
    await happens(String(second))
    expect(verdictsOf(await answer(cast.ben, ids, assertion))).toEqual(['consented', code, 'consented'])
    const counted = await cast.authority.store.consents(String(second))
    expect(counted.filter(({ consent }) => consent.batch)).toEqual([])
    expect(await storyOf(cast.authority, asked[1]?.trace ?? '')).toContain('token.refused')
  }

  it.each<[string, (id: string) => Promise<unknown>, string]>([
    ['withdrawn', (id) => cast.agent.call('withdrawRequest', { params: { id } }), 'request_denied'],
    ['denied', (id) => cast.ada.page.call('deny', { params: { id }, body: {} }), 'request_denied'],
    ['approved by another', (id) => cast.ada.consent(id), 'request_denied'],
    ['approved by the same person', (id) => cast.ben.consent(id), 'request_denied'],
    ['shown with another preview', (id) => alter(id, `sha-256:${'B'.repeat(43)}`), 'action_mismatch'],
    ['stopped', (id) => engage({ request: id }), 'killed'],
  ])('%s', (_, happens, code) => meanwhile(happens, code))

  it('expired', async () => {
    const long = await propose(cast.agent)
    const action = postAction()
    const short = mustSucceed(await cast.agent.propose({ body: { audience: FORUM, action, expires_in: 60 } }))
    const ids = [long.id, short.id]
    const assertion = await signed(cast.ben, await batchChallengeFor(cast.ben.page, ids))
    cast.authority.advance(61)
    expect(verdictsOf(await answer(cast.ben, ids, assertion))).toEqual(['consented', 'request_expired'])
  })

  it('is not even offered once it is over, and the refusal names it', async () => {
    const ids = idsOf(await several(2))
    mustSucceed(await cast.agent.call('withdrawRequest', { params: { id: ids[1] ?? '' } }))
    const refused = await cast.ben.page.call('offerBatch', { body: { requests: ids } })
    expectRefusal(refused, 'request_denied')
    expect(refused.ok ? '' : refused.problem.detail).toContain(ids[1])
  })
})

describe('races', () => {
  it('of two people over the same requests, in opposite order: each request has one winner', async () => {
    for (let round = 0; round < 4; round++) {
      const ids = idsOf(await several(6))
      const back = [...ids].reverse()
      const [bens, adas] = [
        await signed(cast.ben, await batchChallengeFor(cast.ben.page, ids)),
        await signed(cast.ada, await batchChallengeFor(cast.ada.page, back)),
      ]
      const [one, other] = await Promise.all([answer(cast.ben, ids, bens), answer(cast.ada, back, adas)])
      const others = verdictsOf(other).reverse()
      for (const [at, verdict] of verdictsOf(one).entries())
        expect([verdict, others[at]].sort()).toEqual(['consented', 'request_denied'])
      for (const id of ids) expect(await cast.authority.store.consents(id)).toHaveLength(1)
    }
  })

  it('of one person with two gestures over the same requests: each counts once', async () => {
    const ids = idsOf(await several(4))
    const gestures = await Promise.all(
      [1, 2, 3].map(async () => signed(cast.ben, await batchChallengeFor(cast.ben.page, ids))),
    )
    const answers = await Promise.all(gestures.map((assertion) => answer(cast.ben, ids, assertion)))
    for (const at of ids.keys())
      expect(answers.map((one) => verdictsOf(one)[at]).filter((verdict) => verdict === 'consented')).toHaveLength(1)
    for (const id of ids) expect(await cast.authority.store.consents(id)).toHaveLength(1)
  })
})

describe('where people may approve for themselves', () => {
  let own: Cast
  beforeAll(async () => {
    own = await startCast({ settings: { COUNTERSIGN_SELF_APPROVAL: 'true' }, withStore: withTerms({ quorum: 2 }) })
  })
  afterAll(() => own.authority.stop())

  const askedBy = async (id: string) => {
    const args = { id, run_by: own.ben.id, executors: [FORUM] }
    const action = { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: args }
    const { credential } = await administer(own.authority, own.ada, action)
    return own.authority.client(String(credential))
  }

  it('each statement of a gesture says its own truth, and one that does so no more is out', async () => {
    const bens = await propose(await askedBy('bens-agent'))
    const [others, contested] = [await propose(own.agent), await propose(await askedBy('bens-other-agent'))]
    const ids = [bens.id, others.id, contested.id]
    const assertion = await signed(own.ben, await batchChallengeFor(own.ben.page, ids))
    // Ada's is independent: Ben's own approval no longer fits beside it.
    mustSucceed(await own.ada.consent(contested.id))
    expect(verdictsOf(await answer(own.ben, ids, assertion))).toEqual(['consented', 'consented', 'forbidden'])
    const separations = await Promise.all(ids.map(async (id) => (await own.authority.store.request(id))?.separation))
    expect(separations).toEqual([false, true, true])
    mustSucceed(await own.ada.consent(others.id))
    const { token } = mustSucceed(await own.agent.call('collectToken', { params: { id: others.id } }))
    expect(decodeJwt(token)['approval']).toMatchObject({ separation: true, quorum: 2 })
  })
})

describe('a stored consent', () => {
  it.each<[string, (batch: readonly Digest[]) => readonly Digest[] | undefined]>([
    ['that lists its statement twice', (batch) => [...batch, ...batch]],
    ['in another order', (batch) => [...batch].reverse()],
    ['of fewer', (batch) => batch.slice(0, 1)],
    ['without the others', () => undefined],
  ])('%s makes no token', async (_, bend) => {
    const ids = idsOf(await several(2))
    mustSucceed(await consentToAll(cast.ben, ids))
    const { store } = cast.authority
    const [id = ''] = ids
    const real = store.consenters
    const bent = ({ batch = [], ...consent }: Consent): Consent => {
      const made = bend(batch)
      return made === undefined ? consent : { ...consent, batch: made }
    }
    Object.assign(store, {
      consenters: async (request: string) =>
        (await real(request)).map(({ stored, ...one }) => ({
          ...one,
          stored: { ...stored, consent: bent(stored.consent) },
        })),
    })
    expectRefusal(await cast.agent.call('collectToken', { params: { id } }), 'consent_invalid')
    Object.assign(store, { consenters: real })
    mustSucceed(await cast.agent.call('collectToken', { params: { id } }))
  })
})

async function digestOfConsent(id: string, consent: Consent | undefined): Promise<Digest> {
  const request = await cast.authority.store.request(id)
  if (!request || !consent) throw new Error('There is no consent')
  return statementDigest({
    typ: 'countersign/consent/v1',
    iss: cast.authority.config.origin,
    aud: request.audience,
    request: id,
    sub: request.principal,
    act: request.act,
    client_id: request.actor,
    action: request.digest,
    preview: consent.preview,
    state: request.stateDigest,
    policy: request.policy,
    quorum: request.terms.quorum,
    separation: true,
    uses: request.terms.uses,
    expires: request.expiresAt,
    approver: consent.approver,
    nonce: consent.nonce,
  })
}

/** Writes another preview's digest behind the authority's back. */
const alter = (id: string, preview: string) =>
  cast.authority.database.run(
    statement(
      sql`UPDATE ${requestTable} SET preview_digest = ${sql.placeholder('preview')}, preview_by = 'agent' WHERE id = ${sql.placeholder('id')}`,
    ),
    { id, preview },
  )

const engage = (selector: { readonly request: string }) =>
  cast.authority.operator.call('engageKillSwitch', { body: { selector, reason: 'Test' } })
