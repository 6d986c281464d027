/** Leaves that were sequenced together, read from one row. */
import { expect, it } from 'vitest'
import { readRun } from '../../src/domain/ledger/leaf.ts'
import { LogDisagreement } from '../../src/domain/ledger/tile-tree.ts'
import { entry } from '../store/fixtures.ts'

const written = (['token.refused', 'token.redeemed', 'token.refused'] as const).map((type) => entry(type))
const hashes = Uint8Array.from(written.flatMap(({ leaf }) => [...leaf]))
const bodies = written.map(({ body }) => body)

it('gives each leaf of a run its index, its hash and its entry', () => {
  expect(readRun({ first: 7, hashes, bodies: bodies.join() })).toEqual(
    written.map(({ leaf, body }, n) => ({ index: 7 + n, hash: new Uint8Array(leaf), entry: JSON.parse(body) })),
  )
})

it.each([
  ['fewer entries than leaves', bodies.slice(1)],
  ['more entries than leaves', [...bodies, '{}']],
])('refuses a run with %s', (_, found) => {
  expect(() => readRun({ first: 7, hashes, bodies: found.join() })).toThrow(LogDisagreement)
})
