/** The index of searches follows the log and need not read again what a pass had. */
import { expect, it } from 'vitest'
import { createIndexBehind } from '../../src/authority/log/index-behind.ts'
import type { ReadLeaf } from '../../src/domain/ledger/read-leaf.ts'
import type { LogStore } from '../../src/store/contract/log-store.ts'

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
  async function grow(to: number): Promise<void> {
    const sequenced = leaves(size, to)
    size = to
    await behind(sequenced)
  }
  return { known, grow, indexed: () => indexed }
}

it('knows what it has yet to take in', async () => {
  const { known, grow, indexed } = startIndex()
  await grow(300)
  await grow(600)
  expect(indexed()).toBe(512)
  expect(known).toEqual([0, 0, 44, 44])
})
