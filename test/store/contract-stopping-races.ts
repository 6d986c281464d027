/** One engagement against all that runs at that moment: what comes out is as if everything had come before or after. */
import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Store } from '../../src/store/contract/store.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { killSwitchVerbs } from '../../src/store/stop/kill-switch-verbs.ts'
import type { Given } from './contract.ts'
import { engagement, entriesOf, OWN } from './contract-kill-switches.ts'
import { enrol } from './contract-people.ts'
import { live } from './contract-tokens.ts'
import {
  allowed,
  carrying,
  claimsDigestOf,
  consentOf,
  entry,
  id,
  NOW,
  type Parties,
  parties,
  redeem,
  waiting,
} from './fixtures.ts'

const NOW_MS = (NOW + 9) * 1000

const endStopped = (store: Store) =>
  store.endStopped({
    nowMs: NOW_MS,
    sinceMs: NOW_MS - 60_000,
    entriesFor: (_, ended) => entriesOf(ended),
  })

/** As the authority engages: the answer is given after what began before was ended too. */
async function engageWholly(store: Store, of: Parties) {
  const engaged = engagement({ executor: of.executor.audience })
  await store.engage(engaged)
  await endStopped(store)
  return engaged.id
}

async function column(database: Database, select: string): Promise<string[]> {
  const rows = await database.run<{ jti: string }>({ text: select, parameters: [] })
  return rows.map(({ jti }) => jti).sort()
}

const redeemedFor = (database: Database, of: Parties) =>
  column(database, `SELECT jti FROM redemptions WHERE audience = '${of.executor.audience}'`)
const revokedFor = (database: Database, of: Parties) =>
  column(database, `SELECT jti FROM tokens WHERE audience = '${of.executor.audience}' AND revoked_at IS NOT NULL`)

/** Waits for so many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

async function approvedRequests(store: Store, of: Parties, count: number) {
  const { key } = await enrol(store)
  const opens = Array.from({ length: count }, () => waiting(of))
  for (const open of opens) {
    await store.openRequest(open)
    await store.recordConsent(consentOf(open.request.id, key, open.request.trace))
  }
  return opens.map(({ request }) => request)
}

/** Another row like one there is, but for what is given. */
async function insertLike(database: Database, table: string, where: string, fields: Readonly<Record<string, string>>) {
  const row = `(SELECT to_jsonb(${table}) || '${JSON.stringify(fields)}' FROM ${table} WHERE ${where} LIMIT 1)`
  const text = `INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, ${row})`
  await database.run({ text, parameters: [] })
}

/** What a statement leaves behind that began before a switch was engaged: a live token that the switch selects. */
async function straddle(database: Database, of: Parties) {
  const [request, trace, jti] = [id(), randomUUID(), id()]
  const where = `audience = '${of.executor.audience}'`
  await insertLike(database, 'requests', where, { id: request, trace })
  await insertLike(database, 'tokens', where, { jti, request, claims_digest: claimsDigestOf(jti) })
  return { jti, trace }
}

export function stoppingRaces(given: Given): void {
  it('leaves nothing to redeem once it has returned, whoever redeems, opens and collects meanwhile', async () => {
    const { store, database } = given()
    for (let round = 0; round < 6; round++) {
      const of = await parties(store)
      const ready = await Promise.all(Array.from({ length: 24 }, () => live(store, of)))
      const approved = await approvedRequests(store, of, 8)
      const made: { jti: string }[] = [...ready]
      const spend = (token: { jti: string }) => store.redeemOnce(redeem(of, token))
      const redeemers = ready.map((token, at) => turns(at % 6).then(() => spend(token)))
      const openers = Array.from({ length: 24 }, async (_, at) => {
        await turns(at % 8)
        const open = allowed(of)
        if (open.token) made.push(open.token.issued)
        const { verdict } = await store.openRequest(open)
        return verdict === 'opened' && open.token ? spend(open.token.issued) : { verdict }
      })
      const collectors = approved.map(async (request, at) => {
        await turns(at % 4)
        const token = await carrying(store, request)
        made.push(token)
        const { verdict } = await store.issueToken({ token, entry: entry('token.issued', request.trace) })
        return verdict === 'issued' ? spend(token) : { verdict }
      })
      const returned = turns(round * 2)
        .then(() => engageWholly(store, of))
        .then(async (id) => ({ id, redeemed: await redeemedFor(database, of) }))
      const verdicts = await Promise.all([...redeemers, ...openers, ...collectors])
      const { id, redeemed } = await returned

      expect(await redeemedFor(database, of)).toEqual(redeemed)
      expect(verdicts.filter(({ verdict }) => verdict === 'redeemed')).toHaveLength(redeemed.length)
      expect(verdicts.map(({ verdict }) => verdict)).toSatisfy((all: string[]) =>
        all.every((verdict) => ['redeemed', 'killed', 'revoked'].includes(verdict)),
      )
      await endStopped(store)
      expect(
        await store.reach({ selector: { executor: of.executor.audience }, spared: OWN, nowMs: NOW_MS }),
      ).toMatchObject({ tokens: 0 })
      for (const token of made) expect((await spend(token)).verdict).toMatch(/^(spent|killed|unknown)$/)
      const revoked = await revokedFor(database, of)
      expect(revoked.filter((jti) => redeemed.includes(jti))).toEqual([])
      expect((await store.killSwitch(id))?.hits.tokens).toBe(revoked.length)
    }
  })

  it('revokes and counts a token once, when two switches are engaged over it at once', async () => {
    const { store, database } = given()
    for (let round = 0; round < 5; round++) {
      const of = await parties(store)
      await Promise.all(Array.from({ length: 16 }, () => live(store, of)))
      const ids = await Promise.all([engageWholly(store, of), engageWholly(store, of)])
      const hits = await Promise.all(ids.map(async (id) => (await store.killSwitch(id))?.hits.tokens ?? 0))
      expect(hits.reduce((sum, count) => sum + count, 0)).toBe(16)
      expect(await revokedFor(database, of)).toHaveLength(16)
    }
  })

  it('ends what was made by a statement that had begun before', async () => {
    const { store, database } = given()
    const of = await parties(store)
    await store.redeemOnce(redeem(of, await live(store, of)))
    const killswitch = await engageWholly(store, of)
    const token = await straddle(database, of)
    expect(await store.redeemOnce(redeem(of, token))).toEqual({ verdict: 'killed' })
    expect(await endStopped(store)).toBe(1)
    expect(await endStopped(store)).toBe(0)
    expect(await revokedFor(database, of)).toEqual([token.jti])
    expect((await store.killSwitch(killswitch))?.hits.tokens).toBe(1)
    const types = (await store.entriesOfTrace(token.trace.replaceAll('-', ''))).map(({ body }) => JSON.parse(body).type)
    expect(types).toContain('token.revoked')
  })

  it('begins no transaction where nothing is left to end', async () => {
    const { store, database } = given()
    const of = await parties(store)
    await store.redeemOnce(redeem(of, await live(store, of)))
    await engageWholly(store, of)
    const transaction = () => Promise.reject(new Error('a transaction'))
    const looking = { ...store, ...killSwitchVerbs({ ...database, transaction }) }
    expect(await endStopped(looking)).toBe(0)
    await straddle(database, of)
    await expect(endStopped(looking)).rejects.toThrow('a transaction')
    expect(await endStopped(store)).toBe(1)
    expect(await endStopped(looking)).toBe(0)
  })
}
