/** The ledger: what is written stays written, and is written if and only if its fact is. */
import { expect, it } from 'vitest'
import type { Given } from './contract.ts'
import { enrol } from './contract-people.ts'
import { live } from './contract-tokens.ts'
import {
  allowed,
  consentOf,
  entry,
  hash,
  id,
  migrationsOnDisk,
  NOW,
  opening,
  parties,
  redeem,
  requestRow,
  trace,
  waiting,
} from './fixtures.ts'

const refused = /stays written/

export function ledgerContract(given: Given): void {
  it('is ready when exactly its own migrations were applied', async () => {
    const { store, database } = given()
    expect(await store.ready()).toBe(true)
    const { createStore } = await import('../../src/store/create-store.ts')
    const newer = [...migrationsOnDisk(), { tag: '9999_later', sql: 'SELECT 1' }]
    expect(await createStore(database, newer).ready()).toBe(false)
    expect(await createStore(database, newer.slice(0, 1)).ready()).toBe(false)
  })

  it('gives entries back as they came, by trace and in order of arrival', async () => {
    const { store } = given()
    const [first, second] = [
      entry('token.refused'),
      entry('token.refused', undefined, { word: "\\u0000 '; -- ✓ \\\\" }),
    ]
    await store.appendEntries([])
    await store.appendEntries([first, second])
    const [stored] = await store.entriesOfTrace(first.trace)
    expect(stored).toEqual({ id: expect.any(Number), body: first.body, leaf: first.leaf })
    const after = await store.entriesAfter({ after: stored?.id ?? 0, limit: 10 })
    expect(after.map(({ body, leaf }) => ({ body, leaf }))).toEqual([{ body: second.body, leaf: second.leaf }])
    expect(await store.entriesAfter({ after: (stored?.id ?? 0) - 1, limit: 1 })).toEqual([stored])
  })

  it('counts a refusal that is given again, and writes the count once, however many do so at once', async () => {
    const { store } = given()
    const refusal = {
      type: 'token.refused' as const,
      id: hash(),
      trace: trace(),
      members: { code: 'killed' },
      since: NOW,
    }
    const one = entry('token.refused', refusal.trace)
    const noted = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        store.noteFact({
          fact: { ...refusal, trace: at === 0 ? refusal.trace : trace() },
          until: NOW + 60,
          entries: [one],
        }),
      ),
    )
    expect(noted.filter(({ isFirst }) => isFirst)).toHaveLength(1)
    const [{ trace: first } = refusal] = noted
    expect(new Set(noted.map((each) => each.trace))).toEqual(new Set([first]))
    const told: unknown[] = []
    const write = (now: number) =>
      store.writeRepeats({
        now,
        until: now + 60,
        limit: 100,
        async entryFor({ members, since, repeats }) {
          if (members['code'] === 'killed') told.push([since, repeats])
          return entry('token.refused', first)
        },
      })
    expect(await write(NOW + 59)).toBe(0)
    expect((await Promise.all([write(NOW + 60), write(NOW + 60), write(NOW + 60)])).toSorted()).toEqual([0, 0, 1])
    expect(told).toEqual([[NOW, 19]])
    expect(await write(NOW + 120)).toBe(0)
    expect(await store.noteFact({ fact: refusal, until: NOW + 180, entries: [one] })).toEqual({
      trace: refusal.trace,
      isFirst: true,
    })
  })

  it.each([
    'UPDATE entries SET body = body',
    'UPDATE entries SET at = 0 WHERE false',
    'DELETE FROM entries',
    'DELETE FROM entries WHERE false',
    'TRUNCATE entries',
    'TRUNCATE entries CASCADE',
    'INSERT INTO entries OVERRIDING SYSTEM VALUE SELECT * FROM entries LIMIT 1 ON CONFLICT (id) DO UPDATE SET body = excluded.body',
    'MERGE INTO entries USING (SELECT) AS always ON true WHEN MATCHED THEN DELETE',
    'UPDATE consents SET approver = approver',
    'UPDATE consents SET consent = consent, voided_at = 1',
    'DELETE FROM consents',
    'TRUNCATE consents',
    'UPDATE redemptions SET redeemed_at = 0',
    'UPDATE redemptions SET jti = jti WHERE false',
    'DELETE FROM redemptions',
    'TRUNCATE redemptions',
    'UPDATE tokens SET expires_at = expires_at + 1',
    'UPDATE tokens SET claims_digest = agent',
    'DELETE FROM tokens',
    'TRUNCATE tokens',
  ])('refuses %s', async (text) => {
    const { store, database } = given()
    await store.appendEntries([entry('token.refused')])
    await expect(database.run({ text, parameters: [] })).rejects.toThrow(refused)
  })

  it('refuses to take back an outcome, a revocation, a voided consent or a signature', async () => {
    const { store, database } = given()
    const of = await parties(store)
    const [spent, revoked] = [await live(store, of), await live(store, of)]
    await store.redeemOnce(redeem(of, spent))
    await store.revokeToken({ id: revoked.jti, nowMs: NOW * 1000, entriesFor: async () => [entry('token.revoked')] })
    const run = (text: string) => database.run({ text, parameters: [] })
    const one = `WHERE jti = '${spent.jti}'`
    await expect(run(`UPDATE redemptions SET signature = 'another' ${one}`)).rejects.toThrow(refused)
    await run(`UPDATE redemptions SET signature = NULL ${one}`)
    await run(`UPDATE redemptions SET outcome = 'failed', reported_at = 1 ${one}`)
    await expect(run(`UPDATE redemptions SET outcome = 'succeeded' ${one}`)).rejects.toThrow(refused)
    await expect(run(`UPDATE redemptions SET outcome = NULL ${one}`)).rejects.toThrow(refused)
    await expect(run(`UPDATE tokens SET revoked_at = NULL WHERE jti = '${revoked.jti}'`)).rejects.toThrow(refused)
    const { id: approver, key } = await enrol(store)
    const open = waiting(of)
    await store.openRequest(open)
    await store.recordConsent(consentOf(open.request.id, key, open.request.trace))
    await store.revokePasskey({
      credentialId: key.credentialId,
      approver,
      by: null,
      at: NOW,
      entriesFor: async () => [],
    })
    const voided = `UPDATE consents SET voided_at = NULL WHERE approver = '${approver}'`
    await expect(run(voided)).rejects.toThrow(refused)
  })

  it('takes the fact back when its entry cannot be written', async () => {
    const { store } = given()
    const of = await parties(store)
    const broken = entry('token.redeemed', 'not a trace')
    const token = await live(store, of)
    await expect(store.redeemOnce(redeem(of, token, { entry: broken }))).rejects.toThrow()
    expect(await store.redemption({ jti: token.jti, use: 1 })).toBeUndefined()
    expect(await store.redeemOnce(redeem(of, token))).toMatchObject({ verdict: 'redeemed' })

    const open = allowed(of)
    await expect(store.openRequest({ ...open, entries: [...open.entries, broken] })).rejects.toThrow()
    expect(await store.request(open.request.id)).toBeUndefined()
    expect(await store.issuedClaims(open.request.id)).toBeUndefined()
    const held = waiting(of)
    await store.openRequest(held)
    await expect(
      store.withdraw({ request: held.request.id, agent: of.agent.id, now: NOW, entry: broken }),
    ).rejects.toThrow()
    expect((await store.request(held.request.id))?.state).toBe('pending')
    await expect(store.revokeAgent({ id: of.agent.id, at: NOW, entriesFor: async () => [broken] })).rejects.toThrow()
    expect((await store.agent(of.agent.id))?.revokedAt).toBeNull()
  })

  it('takes the entry back when the fact fails', async () => {
    const { store } = given()
    const of = await parties(store)
    const open = allowed(of)
    await store.openRequest(open)
    // Another request that claims the same jti: a bug upstream, thrown as it is.
    const twin = allowed(of, {}, { jti: open.token?.issued.jti ?? '' })
    await expect(store.openRequest(twin)).rejects.toThrow(/duplicate key/)
    expect(await store.entriesOfTrace(twin.request.trace)).toEqual([])
  })

  it('refuses U+0000 where it cannot be kept, before anything is asked', async () => {
    const { store } = given()
    const of = await parties(store)
    const open = waiting(of, { txn: 'a\0b' })
    await expect(store.openRequest(open)).rejects.toThrow(TypeError)
    expect(await store.request(open.request.id)).toBeUndefined()
    await expect(store.authenticate({ hash: `${hash()}\0`, now: NOW })).rejects.toThrow(TypeError)
  })

  it('keeps numbers, JSON and hostile text as they are', async () => {
    const { store } = given()
    const of = await parties(store)
    const name = `"'; DROP TABLE requests; -- $1 {} \\ \u2028 ${'\u{1f4a9}'}`
    const far = Number.MAX_SAFE_INTEGER
    const act = JSON.parse('{"sub":"z","act":{"sub":"__proto__"},"__proto__":{"polluted":true}}')
    const row = requestRow(of, { executorTitle: name, principal: name, act, expiresAt: far, createdAt: NOW })
    await store.openRequest({ ...waiting(of), request: row, entries: opening(row, []) })
    const found = await store.request(row.id)
    expect(found).toMatchObject({ executorTitle: name, principal: name, expiresAt: far })
    expect(JSON.stringify(found?.act)).toBe(JSON.stringify(act))
    expect(
      await store.withdraw({ request: row.id, agent: of.agent.id, now: NOW, entry: entry('request.withdrawn') }),
    ).toBe(true)
    expect(await store.agent(id())).toBeUndefined()
  })
}
