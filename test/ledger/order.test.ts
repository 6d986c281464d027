/** Commits that come out of order, takeovers, and a database that does not hold the log it says it does. */
import postgres from 'postgres'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkLog } from '../../src/authority/log/check-log.ts'
import { generateLogKey, importLogKey } from '../../src/domain/ledger/log-key.ts'
import { LogDisagreement } from '../../src/domain/ledger/tile-tree.ts'
import { createStore } from '../../src/store/create-store.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { entry, migrationsOnDisk } from '../store/fixtures.ts'
import { eventually, type Ground, ORIGIN, readLog, runnerOn, settle, startGround, writeEntries } from './ground.ts'

let ground: Ground
let sql: postgres.Sql
beforeEach(async () => {
  ground = await startGround('postgres')
  sql = postgres(String(ground.url), { max: 4, onnotice: () => {} })
})
afterEach(async () => {
  await sql.end()
  await ground.stop()
})

const insert = (within: postgres.Sql) => {
  const { type, at, trace, body, leaf } = entry('token.refused')
  return within`INSERT INTO entries (type, at, trace, body, leaf) VALUES (${type}, ${at}, ${trace}, ${body}, ${leaf})`.then(
    () => body,
  )
}

describe('a transaction that is held open', () => {
  it('holds back what was written after it, and loses nothing', async () => {
    const early = await sql.reserve()
    await early`BEGIN`
    const first = await insert(early)
    const [second] = await writeEntries(ground.store, 1)
    expect(await ground.runner.advance()).toBe(0)
    // It writes once more, so that its ids stand on both sides of the other's.
    const third = await insert(early)
    await early`COMMIT`
    early.release()
    expect(await settle(ground.runner, ground.store)).toBe(3)
    expect(await readLog(ground)).toEqual([first, third, second])
  })

  it('and is rolled back leaves a gap in the ids and none in the log', async () => {
    const early = await sql.reserve()
    await early`BEGIN`
    await insert(early)
    const [second] = await writeEntries(ground.store, 1)
    await early`ROLLBACK`
    early.release()
    await settle(ground.runner, ground.store)
    expect(await readLog(ground)).toEqual([second])
  })

  it('that only reads holds nobody back', async () => {
    const reader = await sql.reserve()
    await reader`BEGIN ISOLATION LEVEL REPEATABLE READ`
    await reader`SELECT count(*) FROM entries`
    await writeEntries(ground.store, 3)
    expect(await settle(ground.runner, ground.store)).toBe(3)
    await reader`COMMIT`
    reader.release()
  })

  it('finds its place among many that come and go', async () => {
    const written: string[] = []
    let writing = true
    const sequencing = (async () => {
      while (writing) await ground.runner.advance()
    })()
    const writer = async (n: number) => {
      const connection = postgres(String(ground.url), { max: 1, onnotice: () => {} })
      for (let round = 0; round < 25; round++) {
        await connection`BEGIN`
        const bodies = [await insert(connection), await insert(connection)]
        await new Promise((resolve) => setTimeout(resolve, ((n * 7 + round * 13) % 11) * 2))
        bodies.push(await insert(connection))
        const isKept = (n + round) % 4 > 0
        await connection.unsafe(isKept ? 'COMMIT' : 'ROLLBACK')
        if (isKept) written.push(...bodies)
      }
      await connection.end()
    }
    await Promise.all(Array.from({ length: 8 }, (_, n) => writer(n)))
    writing = false
    await sequencing
    await settle(ground.runner, ground.store)
    expect([...(await readLog(ground))].sort()).toEqual(written.sort())
  })
})

describe('the office', () => {
  const another = () => {
    const database = connectPostgres(String(ground.url))
    const store = createStore(database, migrationsOnDisk())
    return { store, runner: runnerOn(store, ground.key) }
  }

  it('is held by one, and taken over when its connection breaks', async () => {
    const second = another()
    const [first, other] = [ground.store.candidacy(), second.store.candidacy()]
    expect([await first.stand(), await other.stand(), await first.stand()]).toEqual([true, false, true])
    const [holder] = await sql`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
    await sql`SELECT pg_terminate_backend(${holder?.['pid']})`
    await eventually(() => other.stand())
    await eventually(async () => !(await first.stand()))
    await Promise.all([first.withdraw(), other.withdraw()])
    await second.store.close()
  })

  it('passes on when its holder stops, with the log going on where it was', async () => {
    const second = another()
    const stops = [ground.runner.start(), second.runner.start()]
    const written = [...(await writeEntries(ground.store, 10))]
    await eventually(async () => (await readLog(ground)).length === 10)
    await stops[0]?.()
    written.push(...(await writeEntries(ground.store, 10)))
    await eventually(async () => (await readLog(ground)).length === 20)
    await stops[1]?.()
    expect(await readLog(ground)).toEqual(written)
    await second.store.close()
  })

  it('is taken in turns where nobody can hold it', async () => {
    await writeEntries(ground.store, 5)
    let inside = 0
    const turns = await Promise.all(
      [1, 2, 3].map(() =>
        ground.store.inTurn(async () => {
          inside++
          await new Promise((resolve) => setTimeout(resolve, 200))
        }),
      ),
    )
    expect(turns.filter(Boolean)).toHaveLength(1)
    expect(inside).toBe(1)
    await eventually(async () => {
      await ground.runner.advanceInTurn()
      return (await readLog(ground)).length === 5
    })
    const holder = ground.store.candidacy()
    await holder.stand()
    expect(await ground.store.inTurn(async () => {})).toBe(false)
    await holder.withdraw()
  })
})

it('takes turns with itself on the embedded database, whose one connection nobody else has', async () => {
  const embedded = await startGround('pglite')
  await writeEntries(embedded.store, 5)
  const turns = [1, 2, 3].map(() => embedded.store.inTurn(async () => void (await embedded.runner.advance())))
  expect((await Promise.all(turns)).filter(Boolean)).toHaveLength(1)
  await settle(embedded.runner, embedded.store)
  expect(await readLog(embedded)).toHaveLength(5)
  expect(await embedded.store.inTurn(async () => {})).toBe(true)
  await embedded.stop()
})

it('says when more waits than should, and takes it back', async () => {
  await writeEntries(ground.store, 5000)
  const other = connectPostgres(String(ground.url))
  const office = other.candidacy('countersign/log')
  await eventually(() => office.stand())
  const runner = runnerOn(ground.store, ground.key)
  const stopRunner = runner.start()
  await eventually(async () => runner.isFull())
  await office.withdraw()
  await eventually(async () => !runner.isFull())
  await stopRunner()
  await other.close()
})

it('counts what waits behind a transaction that does not end', async () => {
  const holder = await sql.reserve()
  await holder`BEGIN`
  await insert(holder)
  await writeEntries(ground.store, 4200)
  const stop = ground.runner.start()
  await eventually(async () => ground.runner.isFull())
  await holder`COMMIT`
  holder.release()
  await eventually(async () => !ground.runner.isFull())
  await stop()
})

describe('a log that does not fit its checkpoint', () => {
  // What only the owner of the tables can do.
  const asOwner = (table: string, change: string) =>
    sql.begin(async (own) => {
      await own.unsafe(`ALTER TABLE ${table} DISABLE TRIGGER ALL`)
      await own.unsafe(change)
      await own.unsafe(`ALTER TABLE ${table} ENABLE TRIGGER ALL`)
    })
  const disagreement = () =>
    checkLog(ground.store, ground.key).then(
      () => 'none',
      (error) => error,
    )

  it.each([
    [
      'a tile was changed',
      'tiles',
      `UPDATE tiles SET hashes = set_byte(hashes, 40, (get_byte(hashes, 40) + 1) % 256) WHERE level = 0 AND index = 1`,
    ],
    [
      'a tile below the edge was changed',
      'tiles',
      `UPDATE tiles SET hashes = set_byte(hashes, 40, (get_byte(hashes, 40) + 1) % 256) WHERE level = 0 AND index = 0`,
    ],
    ['a tile is gone', 'tiles', 'DELETE FROM tiles WHERE level = 1'],
    ['the tree was cut', 'tiles', 'DELETE FROM tiles WHERE level = 0 AND index = 1'],
    [
      'an entry was changed',
      'entries',
      `UPDATE entries SET body = replace(body, 'token', 'other') WHERE id = (SELECT max(id) FROM entries)`,
    ],
    ['a leaf is gone', 'leaves', 'DELETE FROM leaves WHERE index = (SELECT max(index) FROM leaves)'],
    ['the checkpoint promises more', 'checkpoints', 'UPDATE checkpoints SET size = size + 1'],
    ['the checkpoint was changed', 'checkpoints', `UPDATE checkpoints SET note = replace(note, '300', '301')`],
    [
      'it came from another server',
      'entries',
      `UPDATE entries SET xid = '18446744073709551000' WHERE id = (SELECT min(id) FROM entries)`,
    ],
  ])('is refused: %s', async (_, table, change) => {
    await writeEntries(ground.store, 300)
    await settle(ground.runner, ground.store)
    expect(await disagreement()).toBe('none')
    await asOwner(table, change)
    const error = await disagreement()
    expect(error).toBeInstanceOf(LogDisagreement)
    expect(String(error.message)).toMatch(/^.{20,400}\.$/)
  })

  it('is refused under another key, and signs nothing', async () => {
    await writeEntries(ground.store, 3)
    await settle(ground.runner, ground.store)
    const other = await importLogKey(await generateLogKey(), ORIGIN)
    await expect(checkLog(ground.store, other)).rejects.toThrow(/COUNTERSIGN_LOG_KEY/)
    await writeEntries(ground.store, 3)
    await expect(settle(runnerOn(ground.store, other), ground.store)).rejects.toThrow()
    expect((await ground.store.checkpoint('published'))?.size).toBe(3)
  })
})
