/** Reads that are made in one turn of the event loop, and what is made beside them, on a real PostgreSQL. */
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/store/driver/database.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { searching } from '../../src/store/driver/sql-statement.ts'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'

const one = { text: 'SELECT 1 AS one', parameters: [] }
const update = { text: 'UPDATE things SET name = name RETURNING 2 AS two', parameters: [] }

describe('reads of one turn', () => {
  let server: TestDatabase
  let admin: postgres.Sql
  let database: Database

  beforeAll(async () => {
    server = await freshDatabase()
    admin = postgres(server.url, { max: 2, onnotice: () => {} })
    await admin`CREATE TABLE things (name text)`
    await admin`INSERT INTO things VALUES ('thing')`
    database = connectPostgres(server.url, { max: 4, gather: setImmediate })
  })
  afterAll(async () => {
    await database.close()
    await admin.end()
    await server.drop()
  })

  const connections = async () =>
    (await admin`SELECT FROM pg_stat_activity WHERE application_name = 'countersign' AND datname = current_database()`)
      .length

  it('share a connection', async () => {
    const reads = await Promise.all(Array.from({ length: 8 }, () => database.run(one)))
    expect(reads).toEqual(Array(8).fill([expect.objectContaining({ one: 1 })]))
    expect(await connections()).toBe(1)
  })

  it('share none with a search', async () => {
    await Promise.all([database.run(searching(sql`SELECT 1`)), database.run(one), database.run(one)])
    expect(await connections()).toBe(2)
  })

  it('fail alone', async () => {
    const fault = { text: 'SELECT 1 / (SELECT count(*) - 1 FROM things) AS one', parameters: [] }
    const settled = await Promise.allSettled([one, fault, one].map((read) => database.run(read)))
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('wait for no statement that waits for a lock', async () => {
    await admin.begin(async (transaction) => {
      await transaction`LOCK TABLE things IN EXCLUSIVE MODE`
      const updating = database.run(update)
      const reads = await Promise.all([database.run(one), database.run(one)])
      expect(reads.flat()).toMatchObject([{ one: 1 }, { one: 1 }])
      await transaction`ROLLBACK AND CHAIN`
      expect(await updating).toMatchObject([{ two: 2 }])
    })
  })

  it('take the next connection when they are many', async () => {
    await Promise.all(Array.from({ length: 40 }, () => database.run(one)))
    expect(await connections()).toBe(4)
  })
})
