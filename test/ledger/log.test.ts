/** Sequence, integrate, publish: every committed entry once, in an order that never changes, under roots that agree. */
import { verifyConsistency, verifyInclusion } from '@countersign/verifier/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { integrate, publish } from '../../src/authority/log/log-runner.ts'
import { consistencyProof, inclusionProof } from '../../src/domain/ledger/prove.ts'
import { NOW } from '../store/fixtures.ts'
import { eventually, type Ground, readLog, settle, startGround, writeEntries } from './ground.ts'

describe.each(['postgres', 'pglite'] as const)('the log on %s', (kind) => {
  let ground: Ground
  beforeAll(async () => {
    ground = await startGround(kind)
  })
  afterAll(() => ground.stop())

  it('is empty before the first entry', async () => {
    expect(await ground.runner.advance()).toBe(0)
    expect(await ground.store.checkpoint('published')).toBeUndefined()
    expect(await ground.store.treeSize()).toBe(0)
  })

  it('takes in what was written, in the order it was written, whole', async () => {
    const written: string[] = []
    for (const count of [1, 2, 5, 248, 1, 255, 256, 257, 700]) {
      written.push(...(await writeEntries(ground.store, count)))
      expect(await settle(ground.runner, ground.store)).toBe(count)
      expect(await readLog(ground)).toEqual(written)
    }
    expect((await ground.store.standing(10)).outstanding).toBe(0)
    expect(await ground.runner.advance()).toBe(0)
  })

  it('proves every kind of place in trees of every kind of size', async () => {
    const { store } = ground
    const all = await store.leaves({ from: 0, limit: 10_000 })
    for (const size of [1, 2, 3, 255, 256, 257, 512, 1000, all.length]) {
      const root = await rootOf(size)
      for (const index of new Set([0, 1, Math.floor(size / 2), size - 2, size - 1])) {
        if (index < 0 || index >= size) continue
        const path = await inclusionProof(index, size, store)
        await verifyInclusion({ leaf: all[index]?.hash ?? new Uint8Array(), index, size, root, path })
      }
    }
  })

  it('proves every old tree to be the beginning of the new one', async () => {
    const sizes = [0, 1, 2, 3, 127, 128, 255, 256, 257, 511, 512, 1000, await ground.store.treeSize()]
    for (const oldSize of sizes) {
      for (const newSize of sizes.filter((size) => size >= oldSize)) {
        const [oldRoot, newRoot] = [await rootOf(oldSize), await rootOf(newSize)]
        const path = await consistencyProof(oldSize, newSize, ground.store)
        await verifyConsistency({ oldSize, oldRoot, newSize, newRoot, path })
      }
    }
  })

  it('asks the database once for a proof, for a handful of tiles', async () => {
    const asked: number[] = []
    const size = await ground.store.treeSize()
    const tiles: Ground['store']['tiles'] = (places) => {
      asked.push(places.length)
      return ground.store.tiles(places)
    }
    await inclusionProof(700, size, { tiles })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toBeLessThanOrEqual(6)
  })

  it('moves once when two do a step at the same time', async () => {
    const { store, key } = ground
    const before = await readLog(ground)
    const written = await writeEntries(store, 300)
    const twice = <T>(step: () => Promise<T>) => Promise.all([step(), step(), step()])
    const sequenced = await twice(() => store.sequence(200))
    expect(sequenced.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(300)
    await eventually(
      async () => (await store.sequence(256)).length === 0 && (await store.standing(1)).outstanding === 0,
    )
    const added = await twice(() => integrate(store))
    expect(added.filter((count) => count === 300)).toHaveLength(1)
    const published = await twice(() => publish(store, key, NOW))
    expect(published.filter((checkpoint) => checkpoint !== undefined)).toHaveLength(1)
    expect(await readLog(ground)).toEqual([...before, ...written])
  })

  it('leaves the tree to another process that grows it between two reads of this one', async () => {
    const { store } = ground
    await writeEntries(store, 3)
    await eventually(
      async () => (await store.sequence(256)).length === 0 && (await store.standing(1)).outstanding === 0,
    )
    const late: typeof store = {
      ...store,
      tiles: async (places) => {
        expect(await integrate(store)).toBe(3)
        return store.tiles(places)
      },
    }
    expect(await integrate(late)).toBe(0)
  })

  it.each([
    'UPDATE leaves SET entry = entry',
    'DELETE FROM leaves',
    'TRUNCATE leaves',
    "UPDATE tiles SET hashes = '\\x00'::bytea",
    'UPDATE tiles SET hashes = substr(hashes, 33)',
    'UPDATE tiles SET index = index + 1000',
    'DELETE FROM tiles',
    'TRUNCATE tiles',
    'UPDATE checkpoints SET size = size - 1',
    "UPDATE checkpoints SET root = sha256('other')",
    'DELETE FROM checkpoints',
    'TRUNCATE checkpoints',
  ])('refuses %s', async (text) => {
    await expect(ground.database.run({ text, parameters: [] })).rejects.toThrow(/stays written/)
  })

  async function rootOf(size: number): Promise<Uint8Array> {
    const { rootAt } = await import('../../src/domain/ledger/prove.ts')
    return rootAt(size, ground.store)
  }
})
