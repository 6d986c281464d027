/**
 * SIGKILL at every step, under load, round after round: what clients were told is written is in the log, once, and
 * every checkpoint that anyone could have seen is the beginning of the last.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCheckpoint, verifyConsistency } from '@countersign/verifier/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkLog } from '../../src/authority/log/check-log.ts'
import type { SignedCheckpoint } from '../../src/domain/ledger/log-key.ts'
import { generateLogKey, importLogKey, type LogJwk, type LogKey } from '../../src/domain/ledger/log-key.ts'
import { consistencyProof } from '../../src/domain/ledger/prove.ts'
import { createDatabaseFiles } from '../../src/node/open-embedded.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPglite } from '../../src/store/driver/pglite.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { bundled } from '../setup/bundle.ts'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'
import { entry, migrationsOnDisk } from '../store/fixtures.ts'
import { eventually, ORIGIN, readLog, runnerOn, settle } from './ground.ts'

const STEPS = ['sequence', 'grow', 'replaceCheckpoint'].flatMap((verb) => [`${verb} before`, `${verb} after`])

let folder: string
let script: string
let jwk: LogJwk
let key: LogKey

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-killed-'))
  script = await bundled('test/ledger/mortal.ts', 'mortal')
  jwk = await generateLogKey()
  key = await importLogKey(jwk, ORIGIN)
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await rm(script, { force: true })
})

interface Mortal {
  readonly child: ChildProcess
  readonly told: string[]
  readonly died: Promise<string | null>
}

function start(die: string, environment: Readonly<Record<string, string>>): Mortal {
  const child = spawn(process.execPath, [script], {
    env: {
      PATH: process.env['PATH'],
      DIE: die,
      LOG_KEY: JSON.stringify(jwk),
      ORIGIN,
      MIGRATIONS: JSON.stringify(migrationsOnDisk()),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told: string[] = []
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    told.push(...lines.filter((line) => line.startsWith('{')))
  })
  const died = once(child, 'close').then(([, signal]) => signal)
  return { child, told, died }
}

/** Each of them the beginning of the next. */
async function expectConsistent(store: Store, seen: readonly SignedCheckpoint[]): Promise<void> {
  for (const [n, next] of seen.slice(1).entries()) {
    const [old, now] = [
      await openCheckpoint(seen[n]?.note ?? '', key.noteKey),
      await openCheckpoint(next.note, key.noteKey),
    ]
    const path = await consistencyProof(old.size, now.size, store)
    await verifyConsistency({ oldSize: old.size, oldRoot: old.root, newSize: now.size, newRoot: now.root, path })
  }
}

/** All that was told is there, nothing twice; what nobody was told may be there too, since it was on its way. */
async function expectWhole(store: Store, told: readonly string[]): Promise<void> {
  await checkLog(store, key)
  const log = await readLog({ store, key })
  expect(new Set(log).size).toBe(log.length)
  const inLog = new Set(log)
  expect(told.filter((body) => !inLog.has(body))).toEqual([])
  expect((await store.standing(10)).outstanding).toBe(0)
}

describe('killed on PostgreSQL, while others write', () => {
  let fresh: TestDatabase
  let database: Database
  let store: Store
  beforeAll(async () => {
    fresh = await freshDatabase()
    database = connectPostgres(fresh.url)
    await migrate(database, migrationsOnDisk())
    store = createStore(database, migrationsOnDisk())
  })
  afterAll(async () => {
    await store.close()
    await fresh.drop()
  })

  it('loses nothing, doubles nothing, contradicts nothing, and is followed', async () => {
    const told: string[] = []
    const seen: SignedCheckpoint[] = []
    let writing = true
    const write = async () => {
      while (writing) {
        const one = entry('token.refused')
        await store.appendEntries([one])
        told.push(one.body)
      }
    }
    const writers = [1, 2, 3, 4].map(write)
    for (const round of [1, 2, 3]) {
      for (const step of STEPS) {
        const mortal = start(`${step} ${round}`, { DATABASE_URL: fresh.url })
        expect({ step, signal: await mortal.died }).toEqual({ step, signal: 'SIGKILL' })
        const checkpoint = await store.checkpoint('published')
        if (checkpoint) seen.push(checkpoint)
      }
    }
    const dying = start('sequence after 4', { DATABASE_URL: fresh.url })
    const heir = runnerOn(store, key)
    await eventually(async () => !(await isVacant(database)))
    const stop = heir.start()
    await dying.died
    const before = (await store.checkpoint('published'))?.size ?? 0
    await eventually(async () => ((await store.checkpoint('published'))?.size ?? 0) > before)
    writing = false
    await Promise.all(writers)
    await stop()
    await settle(heir, store)
    await expectWhole(store, told)
    const last = await store.checkpoint('published')
    await expectConsistent(store, last ? [...seen, last] : seen)
    expect(told.length).toBeGreaterThan(500)
  }, 240_000)
})

async function isVacant(database: Database): Promise<boolean> {
  const candidate = database.candidacy('countersign/log')
  const vacant = await candidate.stand()
  await candidate.withdraw()
  return vacant
}

describe('killed on PGlite, with its writers', () => {
  it('loses nothing, doubles nothing, contradicts nothing', async () => {
    const dataDir = join(folder, 'pglite')
    await createDatabaseFiles(dataDir)
    const told: string[] = []
    const seen: SignedCheckpoint[] = []
    for (const step of STEPS) {
      const mortal = start(`${step} 2`, { DATA_DIR: dataDir, WRITERS: '4' })
      expect({ step, signal: await mortal.died }).toEqual({ step, signal: 'SIGKILL' })
      told.push(...mortal.told)
      await reopened(dataDir, async (store) => {
        await checkLog(store, key)
        const checkpoint = await store.checkpoint('published')
        if (checkpoint) seen.push(checkpoint)
      })
    }
    await reopened(dataDir, async (store) => {
      await settle(runnerOn(store, key), store)
      await expectWhole(store, told)
      const last = await store.checkpoint('published')
      await expectConsistent(store, last ? [...seen, last] : seen)
    })
    expect(told.length).toBeGreaterThan(50)
  }, 240_000)
})

async function reopened(dataDir: string, work: (store: Store) => Promise<void>): Promise<void> {
  const store = createStore(await connectPglite(dataDir), migrationsOnDisk())
  await work(store).finally(() => store.close())
}
