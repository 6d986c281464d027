/** Tokens: spent exactly once per use, by their own executor, while everything that must hold holds. */
import { expect, it } from 'vitest'
import type { OpenRequest } from '../../src/store/contract/request-store.ts'
import type { Store } from '../../src/store/contract/store.ts'
import type { Given } from './contract.ts'
import {
  allowed,
  credential,
  digest,
  entry,
  hash,
  id,
  NOW,
  type Parties,
  parties,
  payload,
  redeem,
} from './fixtures.ts'

export async function live(store: Store, of: Parties, uses = 1) {
  const open: OpenRequest = allowed(of, {}, { uses })
  await store.openRequest(open)
  if (!open.token) throw new Error('an allowed request has a token')
  return { ...open.token.issued, trace: open.request.trace }
}

const revocationOf = (jti: string) => ({
  id: jti,
  nowMs: (NOW + 1) * 1000,
  entriesFor: async () => [entry('token.revoked')],
})

export function tokenContract(given: Given): void {
  it('is spent by exactly one of 32 redeemers, and says so once', async () => {
    const { store } = given()
    const of = await parties(store)
    const token = await live(store, of)
    const attempts = Array.from({ length: 32 }, () =>
      redeem(of, token, { entry: entry('token.redeemed', token.trace) }),
    )
    const verdicts = await Promise.all(attempts.map((attempt) => store.redeemOnce(attempt)))
    expect(verdicts.filter(({ verdict }) => verdict === 'redeemed')).toEqual([{ verdict: 'redeemed', use: 1 }])
    expect(verdicts.filter(({ verdict }) => verdict === 'spent')).toHaveLength(31)
    const winner = attempts[verdicts.findIndex(({ verdict }) => verdict === 'redeemed')]
    const written = (await store.entriesOfTrace(token.trace)).filter(({ body }) => body.includes('"token.redeemed"'))
    expect(written.map(({ body }) => body)).toEqual([winner?.entry.body])
    expect(await store.redemption({ jti: token.jti, use: 1 })).toEqual({
      jti: token.jti,
      use: 1,
      request: token.request,
      audience: of.executor.audience,
      redeemedAt: NOW + 10,
      outcome: null,
      reportedAt: null,
    })
  })

  it('has each of its uses spent exactly once', async () => {
    const { store } = given()
    const of = await parties(store)
    const token = await live(store, of, 5)
    const entryFor = async (use: number) => entry('token.redeemed', token.trace, { use })
    const attempt = { ...redeem(of, token), entryFor }
    const verdicts = await Promise.all(Array.from({ length: 32 }, () => store.redeemOnce(attempt)))
    const uses = verdicts.flatMap((verdict) => (verdict.verdict === 'redeemed' ? [verdict.use] : []))
    expect(uses.sort()).toEqual([1, 2, 3, 4, 5])
    const written = (await store.entriesOfTrace(token.trace)).map(({ body }) => JSON.parse(body))
    const redeemed = written.filter(({ type }) => type === 'token.redeemed')
    expect(redeemed.map(({ use }) => use).sort()).toEqual([1, 2, 3, 4, 5])
    expect(verdicts.filter(({ verdict }) => verdict === 'spent')).toHaveLength(27)
  })

  it('refuses, with the reason, and burns nothing', async () => {
    const { store } = given()
    const of = await parties(store)
    const other = await parties(store)
    const token = await live(store, of)
    const expired = credential('executor', of.executor.audience, { expiresAt: NOW })
    const expiredSecret = hash()
    await store.ensureCredential({ credential: expired, hash: expiredSecret, entry: entry('credential.added') })
    const verdict = async (fields: Parameters<typeof redeem>[2]) =>
      (await store.redeemOnce(redeem(of, token, fields))).verdict
    expect(await verdict({ credentialHash: hash() })).toBe('unauthenticated')
    expect(await verdict({ credentialHash: of.agentSecret })).toBe('unauthenticated')
    expect(await verdict({ credentialHash: other.executorSecret })).toBe('unauthenticated')
    expect(await verdict({ credentialHash: expiredSecret })).toBe('unauthenticated')
    expect(await verdict({ credentialHash: other.executorSecret, audience: other.executor.audience })).toBe('unknown')
    expect(await verdict({ jti: id() })).toBe('unknown')
    expect(await verdict({ claimsDigest: digest() })).toBe('altered')
    expect(await verdict({ executorVersion: 2 })).toBe('stale_party')
    expect(await verdict({ agentVersion: 2 })).toBe('stale_party')
    expect(await verdict({ people: (await store.countPeople()) + 1 })).toBe('stale_party')
    expect(await verdict({ now: NOW + 120 })).toBe('expired')
    expect(await verdict({ now: NOW + 119, people: await store.countPeople() })).toBe('redeemed')
    expect(await verdict({})).toBe('spent')
  })

  it('gives each mark that a token was issued with', async () => {
    const { store } = given()
    const of = await parties(store)
    const marked = async (permissionMark: string | null) => {
      const open = allowed(of, {}, { permissionMark })
      await store.openRequest(open)
      return open.token?.issued.jti ?? ''
    }
    const jtis = [await marked('one'), await marked(null), await marked('two'), id()]
    expect(await Promise.all(jtis.map(store.permissionMark))).toEqual(['one', null, 'two', null])
  })

  it('takes one outcome per redemption, from its own executor', async () => {
    const { store } = given()
    const of = await parties(store)
    const token = await live(store, of)
    await store.redeemOnce(redeem(of, token))
    const report = async (outcome: 'succeeded' | 'failed', audience = of.executor.audience, use = 1) => {
      const { verdict } = await store.reportOutcome({
        jti: token.jti,
        use,
        audience,
        outcome,
        now: NOW + 20,
        entry: entry('outcome.reported', token.trace),
        payloads: [payload(token.jti, 'outcome', { changes: [] })],
      })
      return verdict
    }
    expect(await report('failed', 'https://other.example')).toBe('unknown')
    expect(await report('failed', of.executor.audience, 2)).toBe('unknown')
    const verdicts = await Promise.all([report('succeeded'), report('succeeded'), report('succeeded')])
    expect(verdicts.sort()).toEqual(['already', 'already', 'reported'])
    expect(await report('failed')).toBe('already')
    expect(await store.redemption({ jti: token.jti, use: 1 })).toMatchObject({
      outcome: 'succeeded',
      reportedAt: NOW + 20,
    })
    const written = (await store.entriesOfTrace(token.trace)).filter(({ body }) => body.includes('"outcome.reported"'))
    expect(written).toHaveLength(1)
  })

  it('gives an outcome that was not known once the one that is', async () => {
    const { store } = given()
    const of = await parties(store)
    const token = await live(store, of)
    await store.redeemOnce(redeem(of, token))
    const report = async (outcome: 'succeeded' | 'failed' | 'indeterminate') => {
      const { verdict } = await store.reportOutcome({
        ...{ jti: token.jti, use: 1, audience: of.executor.audience, outcome, now: NOW + 20 },
        entry: entry('outcome.reported', token.trace),
        payloads: [],
      })
      return verdict
    }
    expect([await report('indeterminate'), await report('indeterminate')]).toEqual(['reported', 'already'])
    expect([await report('succeeded'), await report('failed')]).toEqual(['reported', 'already'])
    expect(await report('indeterminate')).toBe('already')
    expect(await store.redemption({ jti: token.jti, use: 1 })).toMatchObject({ outcome: 'succeeded' })
  })

  it('is revoked while a use is left, and then not spent', async () => {
    const { store } = given()
    const of = await parties(store)
    const [token, spent, half] = [await live(store, of), await live(store, of), await live(store, of, 2)]
    await store.redeemOnce(redeem(of, spent))
    await store.redeemOnce(redeem(of, half))
    const revoke = (jti: string) => store.revokeToken(revocationOf(jti))
    expect(await revoke(id())).toEqual({ verdict: 'unknown' })
    expect(await revoke(spent.jti)).toEqual({ verdict: 'stopped' })
    expect(await revoke(half.jti)).toEqual({ verdict: 'revoked' })
    expect(await revoke(token.jti)).toEqual({ verdict: 'revoked' })
    expect(await revoke(token.jti)).toEqual({ verdict: 'ended' })
    expect(await store.redeemOnce(redeem(of, token))).toEqual({ verdict: 'revoked' })
    expect(await store.redeemOnce(redeem(of, half))).toEqual({ verdict: 'revoked' })
    const positions = await store.revokedPositions(0)
    expect(positions).toEqual(expect.arrayContaining([token.statusIndex, half.statusIndex]))
    expect(positions).not.toContain(spent.statusIndex)
    expect(await store.revokedPositions(77)).toEqual([])
  })

  it('is either spent or revoked when both race', async () => {
    const { store } = given()
    const of = await parties(store)
    for (let round = 0; round < 20; round++) {
      const token = await live(store, of)
      const [redeemed, revoked] = await Promise.all([
        store.redeemOnce(redeem(of, token)),
        store.revokeToken(revocationOf(token.jti)),
      ])
      expect([redeemed.verdict, revoked.verdict]).toSatisfy(
        ([verdict, done]) =>
          (verdict === 'redeemed' && done === 'stopped') || (verdict === 'revoked' && done === 'revoked'),
      )
    }
  })

  it('never gives a status position out twice', async () => {
    const { store } = given()
    const blocks = await Promise.all(Array.from({ length: 16 }, (_, n) => store.reserveStatusPositions(n + 1)))
    const positions = blocks.flatMap((first, n) => Array.from({ length: n + 1 }, (_, offset) => first + offset))
    expect(new Set(positions).size).toBe(positions.length)
    expect(Math.max(...positions) - Math.min(...positions)).toBe(positions.length - 1)
  })

  it('keeps the first signature', async () => {
    const { store, database } = given()
    const token = await live(store, await parties(store))
    await store.recordSignatures([{ jti: token.jti, signature: 'first', kid: 'key' }])
    await store.recordSignatures([{ jti: token.jti, signature: 'second', kid: 'key' }])
    const text = `SELECT signature FROM token_texts WHERE jti = '${token.jti}'`
    expect(await database.run({ text, parameters: [] })).toEqual([{ signature: 'first' }])
  })
}
