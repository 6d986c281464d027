/** Statements of one transaction that are sent together: in order, and never outside of their transaction. */
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/domain/refusal.ts'
import type { Database, Query } from '../../src/store/driver/database.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import type { Client } from '../../src/store/driver/postgres/postgres-clients.ts'
import { pipelineOn } from '../../src/store/driver/postgres/postgres-pipeline.ts'
import { statement } from '../../src/store/driver/sql-statement.ts'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'

/** A client that answers when it is told to. */
function slowClient(together = true) {
  const client = {} as unknown as Client
  const open: { readonly text: string; readonly settle: (error?: Error) => void }[] = []
  const query: Query = (text) =>
    new Promise((resolve, reject) => {
      open.push({ text, settle: (error) => (error ? reject(error) : resolve([])) })
    })
  const settle = async (error?: Error) => {
    open.shift()?.settle(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { run: pipelineOn(client, { together }, query), sent: () => open.map(({ text }) => text), settle }
}

describe('the statements of a transaction', () => {
  it('wait behind one that the connection has not seen, and no longer once it was answered', async () => {
    const { run, sent, settle } = slowClient()
    const first = Promise.all([run('one', ['a']), run('two', ['a'])])
    expect(sent()).toEqual(['one'])
    await settle()
    expect(sent()).toEqual(['two'])
    await settle()
    await first
    const again = Promise.all([run('one', ['b']), run('two', ['b']), run('three', [])])
    expect(sent()).toEqual(['one', 'two', 'three'])
    for (let at = 0; at < 3; at++) await settle()
    await again
  })

  it('wait for each other behind a pooler', async () => {
    const { run, sent, settle } = slowClient(false)
    for (let round = 0; round < 2; round++) {
      const both = Promise.all([run('one', []), run('two', [])])
      expect(sent()).toEqual(['one'])
      await settle()
      await settle()
      await both
    }
  })

  it('wait behind one with values of other types, and behind large values', async () => {
    const { run, sent, settle } = slowClient()
    const known = run('one', ['a'])
    await settle()
    await known
    for (const value of [true, 'x'.repeat(6000)]) {
      const both = Promise.all([run('one', [value]), run('one', ['a'])])
      expect(sent()).toEqual(['one'])
      await settle()
      await settle()
      await both
    }
  })

  it('are not sent any more behind one that failed', async () => {
    const { run, sent, settle } = slowClient()
    const both = Promise.allSettled([run('one', []), run('two', [])])
    await settle(new Error('refused'))
    expect(sent()).toEqual([])
    expect(await both).toMatchObject([{ reason: { message: 'refused' } }, { reason: { message: 'refused' } }])
  })
})

describe('on a server', () => {
  let server: TestDatabase
  let admin: postgres.Sql
  let database: Database
  beforeAll(async () => {
    server = await freshDatabase()
    admin = postgres(server.url, { max: 1, onnotice: () => {} })
    await admin`CREATE TABLE facts (fact integer)`
    database = connectPostgres(server.url, { max: 1 })
  })
  afterAll(async () => {
    await admin.end()
    await server.drop()
  })

  // With a value each: a statement without one is never described.
  const insert = statement(sql`INSERT INTO facts VALUES (${sql.placeholder('fact')}::integer)`)
  const sleep = statement(sql`SELECT pg_sleep(0 * ${sql.placeholder('fact')}::integer)`)
  const end = statement(sql`SELECT pg_terminate_backend(pg_backend_pid()), ${sql.placeholder('fact')}::integer`)
  const fail = statement(sql`SELECT ${sql.placeholder('fact')}::integer / 0`)
  const count = statement(sql`SELECT ${sql.placeholder('fact')}::integer AS count`)
  const together = (...statements: readonly (typeof insert)[]) =>
    database.transaction((within) => Promise.all(statements.map((one) => within.run(one, { fact: 1 }))))
  const facts = async () => (await admin`SELECT FROM facts`).length

  it('commit together, and none is kept of those behind one that failed', async () => {
    await together(sleep, insert)
    expect(await facts()).toBe(1)
    await expect(together(insert, fail, insert)).rejects.toMatchObject({ code: '22012' })
    expect(await facts()).toBe(1)
  })

  it('all fail with the error of the first, however deep the others are awaited', async () => {
    const divide = statement(sql`SELECT 1 / ${sql.placeholder('fact')}::integer`)
    const run = (fact: number) =>
      database.transaction((within) => {
        const deep = Promise.all([Promise.all([within.run(divide, { fact })])])
        return Promise.all([deep, within.run(insert, { fact: 1 })])
      })
    await run(1)
    for (let round = 0; round < 5; round++) await expect(run(0)).rejects.toMatchObject({ code: '22012' })
  })

  it('are committed with a lock before them, or not at all', async () => {
    const [before, one] = [await facts(), { fact: 1 }]
    for (let round = 0; round < 3; round++) {
      expect(await database.runLocked([[sleep, one]], [count, one])).toEqual([{ count: 1 }])
      await expect(database.runLocked([[sleep, one]], [fail, one])).rejects.toMatchObject({ code: '22012' })
      for (const cut of [fail, end]) {
        await expect(
          database.runLocked(
            [
              [sleep, one],
              [cut, one],
            ],
            [insert, one],
          ),
        ).rejects.toThrow(cut === fail ? /division by zero/ : StoreUnavailable)
      }
      await expect(database.runLocked([[sleep, one]], [insert, {}])).rejects.toThrow(TypeError)
      await database.runLocked([[sleep, one]], [insert, one])
    }
    expect(await facts()).toBe(before + 3)
  })

  it('end with their connection, whether it had seen them or not', async () => {
    const before = await facts()
    for (let round = 0; round < 2; round++) {
      await expect(together(end, insert)).rejects.toThrow(StoreUnavailable)
      await together(sleep, insert)
      await expect(together(sleep, end, insert)).rejects.toThrow(StoreUnavailable)
      await together(insert)
    }
    // Clients that were replaced have ended then, with all that they still had in their queues.
    await database.close()
    expect(await facts()).toBe(before + 4)
  })
})
