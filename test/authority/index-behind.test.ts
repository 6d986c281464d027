/** The index of searches follows the log: when it works, and what it need not read again. */
import { expect, it } from 'vitest'
import { createIndexBehind } from '../../src/authority/log/index-behind.ts'
import type { ReadLeaf } from '../../src/domain/ledger/read-leaf.ts'
import type { LogStore } from '../../src/store/contract/log-store.ts'

const HOUR_MS = 3_600_000

const leaves = (from: number, to: number): readonly ReadLeaf[] =>
  Array.from({ length: to - from }, (_, n) => ({
    index: from + n,
    hash: new Uint8Array(32),
    type: 'token.redeemed',
    at: 0,
    request: undefined,
    facts: [],
  }))

/** Takes in whole units of `size` entries; notes from which index on entries were known. */
function startIndex() {
  const known: (number | undefined)[] = []
  let [size, indexed] = [0, 0]
  const indexEntries: LogStore['indexEntries'] = async (limit, given = []) => {
    const count = Math.floor(Math.min(size - indexed, limit) / 256) * 256
    known.push(given[0]?.index)
    indexed += count
    return count
  }
  // Nothing else of a store is asked.
  const behind = createIndexBehind({ indexEntries } as Partial<LogStore> as LogStore)
  async function grow(to: number, everyMs: number): Promise<void> {
    const sequenced = leaves(size, to)
    size = to
    await behind(sequenced, everyMs)
  }
  return { known, grow, indexed: () => indexed }
}

it('knows what it has yet to take in', async () => {
  const { known, grow, indexed } = startIndex()
  await grow(300, 0)
  await grow(600, 0)
  expect(indexed()).toBe(512)
  expect(known).toEqual([0, 0, 256, 256])
})

it('waits for the next time, and forgets nothing meanwhile', async () => {
  const { known, grow, indexed } = startIndex()
  await grow(300, HOUR_MS)
  await grow(2000, HOUR_MS)
  expect(indexed()).toBe(256)
  await grow(2000, 0)
  expect(indexed()).toBe(1792)
  expect(known.slice(2)).toEqual([256, 256, 256])
})
