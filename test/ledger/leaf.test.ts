/** Leaves that were sequenced together, read from the rows of their batch. */
import { expect, it } from 'vitest'
import { factReader } from '../../src/domain/ledger/entry-facts.ts'
import { parseEntry } from '../../src/domain/ledger/leaf.ts'
import { readRuns } from '../../src/domain/ledger/read-leaf.ts'
import { LogDisagreement } from '../../src/domain/ledger/tile-tree.ts'
import { entry } from '../store/fixtures.ts'

const written = (['token.refused', 'token.redeemed', 'token.refused'] as const).map((type) => entry(type))
const hashes = Uint8Array.from(written.flatMap(({ leaf }) => [...leaf]))
const bodies = written.map(({ body }) => body)
const run = { first: 7, hashes, bodies: bodies.join() }

it('gives each leaf its index and hash, and nothing of its entry but what the log needs', () => {
  const leavesFrom = (first: number) =>
    written.map(({ leaf, type, at, body }, n) => {
      const parsed = parseEntry(body)
      const facts = factReader()(parsed)
      return { index: first + n, hash: new Uint8Array(leaf), type, at, request: parsed.request, facts }
    })
  expect(readRuns([run, { ...run, first: 10 }])).toEqual([...leavesFrom(7), ...leavesFrom(10)])
})

it.each([
  ['fewer entries than leaves', bodies.slice(1)],
  ['more entries than leaves', [...bodies, '{}']],
])('refuses a run with %s', (_, found) => {
  expect(() => readRuns([run, { ...run, bodies: found.join() }])).toThrow(LogDisagreement)
})
