/** Reads of one turn, as one statement: the same answers, each with its own error, and no turn waits for another. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/domain/refusal.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { readJointly } from '../../src/store/driver/joint-reads.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import type { Statement } from '../../src/store/driver/sql-statement.ts'
import { migratedDatabase, type TestDatabase } from '../setup/postgres.ts'
import { migrationsOnDisk, NOW, type Parties, parties, waiting } from './fixtures.ts'

let fresh: TestDatabase
let database: Database
let alone: Store
let reads: Store
let of: Parties
const ran: Statement<unknown>[] = []

beforeAll(async () => {
  fresh = await migratedDatabase()
  database = connectPostgres(fresh.url)
  const noted: Database = {
    ...database,
    reads: {
      run: (statement, values) => {
        ran.push(statement)
        return database.reads.run(statement, values)
      },
    },
  }
  alone = createStore(database, migrationsOnDisk())
  reads = createStore(readJointly(noted, process.nextTick), migrationsOnDisk())
  of = await parties(alone)
})

afterAll(async () => {
  await alone.close()
  await fresh.drop()
})

it('gives what each read gives alone, in one statement but for the second of a kind', async () => {
  const [first, second] = [waiting(of), waiting(of, { name: 'forum.“quoted”\\u0000' })]
  for (const open of [first, second]) expect(await alone.openRequest(open)).toMatchObject({ verdict: 'opened' })
  const [id, other] = [first.request.id, second.request.id]
  const scope = { groups: ['approver'], answerer: 'ada' }
  const asked: readonly ((store: Store) => Promise<unknown>)[] = [
    (store) => store.request(id),
    (store) => store.request(other),
    (store) => store.requestsWithin({ ids: [id, other], scope }),
    (store) => store.consentedBy([id]),
    (store) => store.isStopped(id),
    (store) => store.stoppedAmong([id, other]),
    (store) => store.issuedClaims(id),
    (store) => store.agentSessionOf(id),
    (store) => store.killSwitches(10),
    (store) => store.liveGrants({ agent: null, approver: 'ada', now: NOW }),
    (store) => store.listApprovers(),
    (store) => store.listAgents(),
    (store) => store.listExecutors(),
    (store) => store.activity({ from: 0, to: NOW, seconds: 60, width: 60 }),
  ]
  ran.length = 0
  const answers = Promise.all(asked.map((read) => read(reads)))
  await new Promise(setImmediate)
  expect(ran).toHaveLength(2)
  expect(await answers).toEqual(await Promise.all(asked.map((read) => read(alone))))
})

it('gives the error of a read to that one alone', async () => {
  const [broken, whole] = await Promise.allSettled([reads.passkeysOf('a\0b'), reads.listAgents()])
  expect(broken).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) })
  expect(whole).toEqual({ status: 'fulfilled', value: await alone.listAgents() })
})

it('holds up no other turn while one waits for a locked table', async () => {
  const locked = { text: 'LOCK TABLE passkeys IN ACCESS EXCLUSIVE MODE', parameters: [] }
  await database.transaction(async (transaction) => {
    await transaction.run(locked)
    const held = Promise.all([reads.passkeysOf('ada'), reads.listAgents()])
    await new Promise(setImmediate)
    const answered = await Promise.race([held, Promise.all([reads.listExecutors(), reads.killSwitches(0)])])
    expect(answered).toEqual([await alone.listExecutors(), []])
    held.catch(() => {})
  })
})

it('fails none of a turn but the one that takes too long', async () => {
  const hasty = connectPostgres(fresh.url, { statementTimeoutMs: 300 })
  const store = createStore(readJointly(hasty, process.nextTick), migrationsOnDisk())
  await database.transaction(async (transaction) => {
    await transaction.run({ text: 'LOCK TABLE passkeys IN ACCESS EXCLUSIVE MODE', parameters: [] })
    const [slow, quick] = await Promise.allSettled([store.passkeysOf('ada'), store.listAgents()])
    expect(slow).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) })
    expect(quick).toEqual({ status: 'fulfilled', value: await alone.listAgents() })
  })
  await store.close()
})

describe('joint statements', () => {
  const answer = (text: string) => ({ text, parameters: [] })

  /** Answers each statement, joint or alone, with no rows. */
  const empty = (sent: string[]): Database => ({
    ...database,
    reads: {
      run: async ({ text }) => {
        sent.push(text)
        return []
      },
    },
  })

  it('are no more than a connection should keep', async () => {
    const sent: string[] = []
    const joint = readJointly(empty(sent), process.nextTick)
    for (let n = 0; n < 150; n++) await Promise.all([joint.run(answer('SELECT 0')), joint.run(answer(`SELECT ${n}`))])
    expect(new Set(sent.filter((text) => text.includes('json_agg'))).size).toBe(100)
    expect(sent).toHaveLength(100 + 2 * 50)
  })

  it('are the same few, however many calls ask the same in one turn', async () => {
    const sent: string[] = []
    const joint = readJointly(empty(sent), process.nextTick)
    const call = () => Promise.all([joint.run(answer('SELECT 1')), joint.run(answer('SELECT 2'))])
    for (const calls of [1, 2, 3, 64, 200]) await Promise.all(Array.from({ length: calls }, call))
    expect(new Set(sent).size).toBe(1)
    expect(sent).toHaveLength(1 + 2 + 3 + 64 + 200)
  })

  it('number the parameters of each statement on', async () => {
    const joint = readJointly(database, process.nextTick)
    const given = { text: 'SELECT $2::text || $1::text AS said', parameters: [['one'], ['two']] as const }
    const said = (one: string, two: string) => joint.run<{ said: string }>(given, { one, two })
    expect(await Promise.all([said('a', 'b'), said('c', 'd')])).toEqual([[{ said: 'ba' }], [{ said: 'dc' }]])
  })

  it('leave a statement that writes alone', async () => {
    const joint = readJointly(database, process.nextTick)
    const write = answer('WITH gone AS (DELETE FROM offers RETURNING 1) SELECT count(*) AS count FROM gone')
    expect(await Promise.all([joint.run(write), joint.run(answer('SELECT 1 AS one'))])).toEqual([
      [{ count: 0 }],
      [{ one: 1 }],
    ])
  })
})
