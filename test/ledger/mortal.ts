/**
 * A process that works on the log and dies by SIGKILL at a step it was told, before it or after its commit.
 *
 * In: environment: DATABASE_URL or DATA_DIR, the log's key, `DIE` as `<verb> <before|after> <which call>`, and how
 * many writers it has itself. Out: a line for every entry whose writer was told that it is written. Ends only by dying.
 */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createLogRunner } from '../../src/authority/log/log-runner.ts'
import { importLogKey } from '../../src/domain/ledger/log-key.ts'
import type { LogStore } from '../../src/store/contract/log-store.ts'
import { createStore } from '../../src/store/create-store.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPglite } from '../../src/store/driver/pglite.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'

const {
  DATABASE_URL,
  DATA_DIR = '',
  LOG_KEY = '',
  ORIGIN = '',
  DIE = '',
  WRITERS = '0',
  MIGRATIONS = '[]',
} = process.env

const [verb, when, which] = DIE.split(' ')
let calls = 0

/** The same store, on which the wanted call kills the process, whatever else it is doing. */
const mortal = <S extends LogStore>(store: S): S =>
  new Proxy(store, {
    get(target, name) {
      const real: unknown = Reflect.get(target, name)
      if (name !== verb || typeof real !== 'function') return real
      return async (...args: unknown[]) => {
        const isLast = ++calls === Number(which)
        if (isLast && when === 'before') process.kill(process.pid, 'SIGKILL')
        const result: unknown = await Reflect.apply(real, target, args)
        if (isLast) process.kill(process.pid, 'SIGKILL')
        return result
      }
    },
  })

const database = DATABASE_URL ? connectPostgres(DATABASE_URL) : await connectPglite(DATA_DIR)
const migrations = JSON.parse(MIGRATIONS)
await migrate(database, migrations)
const store = mortal(createStore(database, migrations))
const runner = createLogRunner({
  store,
  key: await importLogKey(JSON.parse(LOG_KEY), ORIGIN),
  now: () => Math.floor(Date.now() / 1000),
  sealed: async () => {},
  published: () => {},
  failed: (error) => process.stderr.write(`${error instanceof Error ? error.stack : error}\n`),
})
runner.start()
process.stdout.write('ready\n')
for (let writer = 0; writer < Number(WRITERS); writer++) void write(writer)
// Should it never come to the step, its end says so by its code.
await pause(20_000)
process.exit(3)

async function write(writer: number): Promise<void> {
  for (let n = 0; ; n++) {
    const at = Math.floor(Date.now() / 1000)
    const trace = createHash('md5').update(`${process.pid} ${writer} ${n}`).digest('hex')
    const body = JSON.stringify({ at, trace, type: 'token.refused', v: 1 })
    const leaf = new Uint8Array(createHash('sha256').update('\0').update(body).digest())
    await store.appendEntries([{ type: 'token.refused', at, trace, body, leaf }])
    process.stdout.write(`${body}\n`)
    await pause(2)
  }
}
