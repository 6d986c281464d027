/** Revocation: what hangs on an agent, an executor, a credential or a passkey ends with it, each with its entry. */
import { expect, it } from 'vitest'
import type { Passkey } from '../../src/domain/identity/parties.ts'
import type { Endings } from '../../src/store/contract/request-store.ts'
import type { Store } from '../../src/store/contract/store.ts'
import type { IssuedToken } from '../../src/store/contract/token-store.ts'
import type { Given } from './contract.ts'
import { enrol } from './contract-people.ts'
import { live } from './contract-tokens.ts'
import {
  carrying,
  consentOf,
  credential,
  entry,
  hash,
  issued,
  NOW,
  type Parties,
  parties,
  redeem,
  waiting,
  withQuorum,
} from './fixtures.ts'

const entriesFor = async ({ requests, tokens }: Endings) => [
  ...requests.map(({ trace }) => entry('request.withdrawn', trace)),
  ...tokens.map(({ request }) => entry('token.revoked', request.trace)),
]

const typesOf = async (store: Store, trace: string): Promise<string[]> =>
  (await store.entriesOfTrace(trace)).map(({ body }) => JSON.parse(body).type)

const ofKey = ({ credentialId, approver }: Passkey) => ({ credentialId, approver, by: null, entriesFor })

async function everything(store: Store, of: Parties) {
  const pending = waiting(of).request
  await store.openRequest({ ...waiting(of), request: pending })
  const [unspent, spent] = [await live(store, of), await live(store, of)]
  await store.redeemOnce(redeem(of, spent))
  return { pending, unspent, spent }
}

export function revocationContract(given: Given): void {
  it.each(['agent', 'executor'] as const)('ends an %s with all that hangs on it', async (kind) => {
    const { store } = given()
    const of = await parties(store)
    const { pending, unspent, spent } = await everything(store, of)
    const revoke = () =>
      kind === 'agent'
        ? store.revokeAgent({ id: of.agent.id, at: NOW + 9, entriesFor })
        : store.revokeExecutor({ id: of.executor.audience, at: NOW + 9, entriesFor })
    expect((await Promise.all([revoke(), revoke(), revoke()])).sort()).toEqual([false, false, true])
    const secret = kind === 'agent' ? of.agentSecret : of.executorSecret
    expect(await store.authenticate({ hash: secret, now: NOW + 9 })).toBeUndefined()
    expect(await store.request(pending.id)).toMatchObject({ state: 'stopped', decidedAt: NOW + 9 })
    expect(await typesOf(store, pending.trace)).toContain('request.withdrawn')
    expect(await typesOf(store, unspent.trace)).toContain('token.revoked')
    expect(await typesOf(store, spent.trace)).not.toContain('token.revoked')
    const positions = await store.revokedPositions(0)
    expect(positions).toContain(unspent.statusIndex)
    expect(positions).not.toContain(spent.statusIndex)
    const late = await store.redeemOnce(redeem(of, unspent))
    expect(late.verdict).toBe(kind === 'agent' ? 'revoked' : 'unauthenticated')
  })

  it.each(['agent', 'executor'] as const)('ends what is approved for an %s and not collected', async (kind) => {
    const { store } = given()
    const of = await parties(store)
    const open = waiting(of)
    await store.openRequest(open)
    const { key } = await enrol(store)
    await store.recordConsent(consentOf(open.request.id, key, open.request.trace))
    const token = await carrying(store, open.request)
    const issue = () => store.issueToken({ token, entry: entry('token.issued', open.request.trace) })
    const revoked = { at: NOW + 9, entriesFor }
    const [verdict] = await Promise.all([
      issue(),
      kind === 'agent'
        ? store.revokeAgent({ id: of.agent.id, ...revoked })
        : store.revokeExecutor({ id: of.executor.audience, ...revoked }),
    ])
    const ended = verdict.verdict === 'issued' ? 'token.revoked' : 'request.withdrawn'
    expect(await typesOf(store, open.request.trace)).toContain(ended)
    if (verdict.verdict !== 'issued') expect(verdict).toEqual({ verdict: 'not_approved' })
    expect(await store.request(open.request.id)).toMatchObject({
      state: verdict.verdict === 'issued' ? 'approved' : 'stopped',
    })
  })

  it('refuses what a revoked agent still got hold of', async () => {
    const { store } = given()
    const of = await parties(store)
    await store.revokeAgent({ id: of.agent.id, at: NOW, entriesFor: async () => [entry('agent.removed')] })
    const token = await live(store, of)
    expect(await store.redeemOnce(redeem(of, token))).toEqual({ verdict: 'agent_revoked' })
    expect(await store.revokeAgent({ id: 'nobody', at: NOW, entriesFor: async () => [] })).toBe(false)
  })

  it('ends one credential and leaves the other', async () => {
    const { store } = given()
    const of = await parties(store)
    const second = credential('agent', of.agent.id)
    const secret = hash()
    await store.ensureCredential({ credential: second, hash: secret, entry: entry('credential.added') })
    const written = entry('credential.revoked')
    expect(await store.revokeCredential({ id: second.id, at: NOW, entries: [written] })).toBe(true)
    expect(await store.revokeCredential({ id: second.id, at: NOW, entries: [entry('credential.revoked')] })).toBe(false)
    expect(await store.authenticate({ hash: secret, now: NOW })).toBeUndefined()
    expect(await store.authenticate({ hash: of.agentSecret, now: NOW })).toBeDefined()
    expect(await store.entriesOfTrace(written.trace)).toHaveLength(1)
  })

  it('takes a revoked key’s consent back, and lets the human consent again with another', async () => {
    const { store } = given()
    const open = waiting(await parties(store), withQuorum(2))
    await store.openRequest(open)
    const { id: request, trace } = open.request
    const [one, two] = [await enrol(store), await enrol(store)]
    await store.recordConsent(consentOf(request, one.key, trace, { separation: false }))
    const spare = { ...one.key, credentialId: hash() }
    await store.addPasskey({ passkey: spare, by: one.key, entries: [] })
    expect(
      await store.revokePasskey({
        credentialId: one.key.credentialId,
        approver: one.id,
        by: null,
        at: NOW + 6,
        entriesFor: async () => [],
      }),
    ).toEqual({ verdict: 'revoked' })
    expect(await store.request(request)).toMatchObject({ state: 'pending', consents: 0, separation: null })
    expect(await store.consents(request)).toEqual([])
    expect(await store.recordConsent(consentOf(request, one.key, trace))).toEqual({ verdict: 'too_late' })
    expect(await store.recordConsent(consentOf(request, spare, trace))).toMatchObject({ consents: 1 })
    expect(await store.recordConsent(consentOf(request, two.key, trace))).toMatchObject({ approved: true })
  })

  it('opens an approved request again that has no token yet', async () => {
    const { store } = given()
    const open = waiting(await parties(store), withQuorum(2))
    await store.openRequest(open)
    const { id: request, trace } = open.request
    const people = [await enrol(store), await enrol(store)]
    for (const { key } of people) await store.recordConsent(consentOf(request, key, trace))
    const [one] = people
    await store.revokePasskey({
      credentialId: one?.key.credentialId ?? '',
      approver: one?.id ?? '',
      by: null,
      at: NOW + 6,
      entriesFor: async () => [],
    })
    expect(await store.request(request)).toMatchObject({
      state: 'pending',
      consents: 1,
      decidedAt: null,
      separation: true,
    })
    expect(await store.issueToken({ token: issued(open.request), entry: entry('token.issued') })).toEqual({
      verdict: 'not_approved',
    })
  })

  it('revokes the unspent token that rests on the key, and keeps its consents', async () => {
    const { store } = given()
    const of = await parties(store)
    const { id: approver, key } = await enrol(store)
    const opens = [waiting(of), waiting(of)]
    const tokens: IssuedToken[] = []
    for (const open of opens) {
      await store.openRequest(open)
      await store.recordConsent(consentOf(open.request.id, key, open.request.trace))
      const token = await carrying(store, open.request)
      tokens.push(token)
      await store.issueToken({ token, entry: entry('token.issued', open.request.trace) })
    }
    const [unspent, spent] = tokens
    if (!unspent || !spent) throw new Error('there are two')
    await store.redeemOnce(redeem(of, spent))
    expect(
      await store.revokePasskey({ credentialId: key.credentialId, approver, by: null, at: NOW + 9, entriesFor }),
    ).toEqual({
      verdict: 'revoked',
    })
    expect(await store.redeemOnce(redeem(of, unspent))).toEqual({ verdict: 'revoked' })
    expect(await typesOf(store, opens[0]?.request.trace ?? '')).toContain('token.revoked')
    expect(await typesOf(store, opens[1]?.request.trace ?? '')).not.toContain('token.revoked')
    expect(await store.consents(unspent.request)).toHaveLength(1)
    expect(await store.request(unspent.request)).toMatchObject({ state: 'approved', jti: unspent.jti })
  })

  it('issues no token that carries a consent which ended, though another fills the quorum', async () => {
    const { store } = given()
    const open = waiting(await parties(store))
    await store.openRequest(open)
    const { request } = open
    const [one, two] = [await enrol(store), await enrol(store)]
    await store.recordConsent(consentOf(request.id, one.key, request.trace))
    const before = await carrying(store, request)
    await store.revokePasskey({ ...ofKey(one.key), at: NOW + 6 })
    await store.recordConsent(consentOf(request.id, two.key, request.trace))
    const issue = (token: IssuedToken) => store.issueToken({ token, entry: entry('token.issued', request.trace) })
    expect(await issue(before)).toEqual({ verdict: 'unfilled' })
    expect(await issue(issued(request))).toEqual({ verdict: 'unfilled' })
    expect(await typesOf(store, request.trace)).not.toContain('token.issued')
    const now = await carrying(store, request)
    expect(now.claims.approval.consents.map(({ approver }) => approver)).toEqual([two.id])
    expect(await issue(now)).toMatchObject({ verdict: 'issued' })
    expect(await store.issuedClaims(request.id)).toEqual(now.claims)
  })

  it('issues no token on a consent that ends while the statement waits for it', async () => {
    const { store, database } = given()
    const { key } = await enrol(store)
    const open = waiting(await parties(store))
    await store.openRequest(open)
    const { id, trace } = open.request
    await store.recordConsent(consentOf(id, key, trace))
    const token = await carrying(store, open.request)
    const issuing = await database.transaction(async (transaction) => {
      const run = (text: string) => transaction.run({ text, parameters: [] })
      await run(`SELECT FROM requests WHERE id = '${id}' FOR NO KEY UPDATE`)
      const verdict = store.issueToken({ token, entry: entry('token.issued', trace) })
      await run('SELECT pg_sleep(0.2)')
      await run(`UPDATE consents SET voided_at = ${NOW + 6} WHERE request = '${id}'`)
      return { verdict }
    })
    expect(await issuing.verdict).toEqual({ verdict: 'unfilled' })
    expect(await store.issuedClaims(id)).toBeUndefined()
  })

  it('never leaves a live token on a revoked key, when consenting, collecting and revoking race', async () => {
    const { store } = given()
    const of = await parties(store)
    for (let round = 0; round < 10; round++) {
      const { id: approver, key } = await enrol(store)
      const open = waiting(of)
      await store.openRequest(open)
      const { request } = open
      const given = consentOf(request.id, key, request.trace)
      const token = issued(request, {}, [given.consent])
      await Promise.all([
        store.recordConsent(given).then(() => store.issueToken({ token, entry: entry('token.issued', request.trace) })),
        new Promise((resolve) => setTimeout(resolve, round % 5)).then(() =>
          store.revokePasskey({ credentialId: key.credentialId, approver, by: null, at: NOW + 9, entriesFor }),
        ),
      ])
      expect((await store.redeemOnce(redeem(of, token))).verdict).toMatch(/^(revoked|unknown)$/)
    }
  })
}
