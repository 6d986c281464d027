/** A log in which nothing waits: one question a step, and still an eye on its seal. And a sweep that has nothing to do. */
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLogRunner, type LogRunner } from '../../src/authority/log/log-runner.ts'
import { sealConfiguration, sealName } from '../../src/authority/proof/sealed-configuration.ts'
import { generateLogKey, importLogKey } from '../../src/domain/ledger/log-key.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { startAuthority } from '../setup/authority.ts'
import { NOW } from '../store/fixtures.ts'
import { eventually, type Ground, ORIGIN, settle, startGround, writeEntries } from './ground.ts'

let ground: Ground
let stop: () => Promise<void>
const asked: string[] = []
const errors: unknown[] = []

beforeAll(async () => {
  ground = await startGround('postgres')
  const sealKey = await importLogKey(await generateLogKey(), sealName(ORIGIN))
  const store = noting(ground.store, asked)
  const runner: LogRunner = createLogRunner({
    store,
    key: ground.key,
    now: () => NOW,
    sealed: (size) => sealConfiguration(store, sealKey, size, NOW),
    published: () => {},
    failed: (error) => void errors.push(error),
  })
  await writeEntries(ground.store, 300)
  await settle(runner, ground.store)
  stop = runner.start()
})

afterAll(async () => {
  await stop()
  await ground.stop()
})

/** Notes each verb that is called, besides those of the office. */
const noting = (store: Store, asked: string[]): Store =>
  new Proxy(store, {
    get(target, name) {
      const real: unknown = Reflect.get(target, name)
      if (typeof real !== 'function' || name === 'candidacy') return real
      return (...args: unknown[]) => {
        asked.push(String(name))
        return Reflect.apply(real, target, args)
      }
    },
  })

const SEVERAL = 4
const idle = () => eventually(async () => asked.slice(-SEVERAL).join() === Array(SEVERAL).fill('standing').join())

it('asks once a step while nothing is written, and takes in what is', async () => {
  await idle()
  await writeEntries(ground.store, 2)
  await eventually(async () => (await ground.store.checkpoint('published'))?.size === 302)
  await idle()
  expect(asked.at(-1)).toBe('standing')
  expect(await ground.store.standing(10)).toMatchObject({ outstanding: 0, sequenced: 302, grown: 302, sealed: 302 })
  expect(errors).toEqual([])
})

it('notices a seal that was changed, though nothing is written', async () => {
  await idle()
  const sql = postgres(String(ground.url), { max: 1, onnotice: () => {} })
  await sql.begin(async (own) => {
    await own.unsafe('ALTER TABLE checkpoints DISABLE TRIGGER ALL')
    await own.unsafe("UPDATE checkpoints SET note = replace(note, '302', '301') WHERE kind = 'configuration'")
    await own.unsafe('ALTER TABLE checkpoints ENABLE TRIGGER ALL')
  })
  await sql.end()
  await eventually(async () => errors.length > 1)
})

it('sweeps with a few questions where nothing is due', async () => {
  const swept: string[] = []
  const authority = await startAuthority({ withStore: (store) => noting(store, swept) })
  await authority.services.sweep()
  swept.length = 0
  await authority.services.sweep()
  expect(swept).toEqual(['configurationEntries', 'endStopped', 'dueWork', 'missOutcomes'])
  await authority.stop()
})
