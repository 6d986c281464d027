/**
 * What the tests of the log stand on: a store of its own, a log key, entries to write, and the log read back as an
 * auditor reads it, with nothing but the proof package.
 */
import { createHash } from 'node:crypto'
import { createRange, formatCheckpoint, openCheckpoint, sameHash } from '@countersign/verifier/proof'
import { createLogRunner, type LogRunner } from '../../src/authority/log/log-runner.ts'
import { generateLogKey, importLogKey, type LogKey } from '../../src/domain/ledger/log-key.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { embeddedDatabase } from '../setup/embedded.ts'
import { freshDatabase } from '../setup/postgres.ts'
import { entry, migrationsOnDisk, NOW } from '../store/fixtures.ts'

export const ORIGIN = 'log.example/log'

export interface Ground {
  readonly store: Store
  readonly database: Database
  readonly url: string | null
  readonly key: LogKey
  readonly runner: LogRunner
  readonly errors: unknown[]
  readonly stop: () => Promise<void>
}

export type DatabaseKind = 'postgres' | 'pglite'

export async function startGround(kind: DatabaseKind): Promise<Ground> {
  const fresh = kind === 'postgres' ? await freshDatabase() : null
  const database = fresh ? connectPostgres(fresh.url) : await embeddedDatabase()
  await migrate(database, migrationsOnDisk())
  const store = createStore(database, migrationsOnDisk())
  const key = await importLogKey(await generateLogKey(), ORIGIN)
  const errors: unknown[] = []
  return {
    store,
    database,
    url: fresh?.url ?? null,
    key,
    runner: runnerOn(store, key, errors),
    errors,
    async stop() {
      await store.close()
      await fresh?.drop()
    },
  }
}

export const runnerOn = (store: Store, key: LogKey, errors: unknown[] = []): LogRunner =>
  createLogRunner({
    store,
    key,
    now: () => NOW,
    sealed: async () => {},
    published: () => {},
    failed: (error) => void errors.push(error),
  })

/** Writes that many entries, as facts without state, and returns their bodies. */
export async function writeEntries(store: Store, count: number): Promise<readonly string[]> {
  const made = Array.from({ length: count }, () => entry('token.refused'))
  for (let at = 0; at < made.length; at += 500) await store.appendEntries(made.slice(at, at + 500))
  return made.map(({ body }) => body)
}

/**
 * Advances until nothing waits; returns how many entries were sequenced. What was committed waits for every older
 * transaction of the whole server, and other tests have theirs on it.
 */
export async function settle(runner: Pick<LogRunner, 'advance'>, store: Pick<Store, 'standing'>): Promise<number> {
  let sequenced = 0
  await eventually(async () => {
    sequenced += await runner.advance()
    return (await store.standing(1)).outstanding === 0
  })
  return sequenced
}

/** The whole log, rebuilt from entries alone and held against the signed checkpoint. */
export async function readLog({ store, key }: Pick<Ground, 'store' | 'key'>): Promise<readonly string[]> {
  const published = await store.checkpoint('published')
  if (!published) return []
  const { size, root } = await openCheckpoint(published.note, key.noteKey)
  const leaves = await store.leaves({ from: 0, limit: size })
  const range = createRange((data, into) => into.set(createHash('sha256').update(data).digest()))
  for (const { body } of leaves) range.appendEntry(new TextEncoder().encode(body))
  if (range.size() !== size || !sameHash(range.root(), root)) {
    throw new Error(`The log is not what it signed: ${formatCheckpoint({ origin: ORIGIN, size, root })}`)
  }
  return leaves.map(({ body }) => body)
}

/** Looks again until `condition` holds; the test's own time limit ends a wait in vain. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}
