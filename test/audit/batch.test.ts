/** Audits of consents that were given together with others, with one gesture. */
import type { Digest } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { createWorld, LATER, nodeCrypto, type Order } from './world.ts'

const other = (letter: string): Digest => `sha-256:${letter.repeat(42)}A`

async function findingsOf(order: Order): Promise<readonly string[]> {
  const world = await createWorld()
  await world.request({ by: [world.ada], ...order })
  const source = await world.source()
  const result = await audit({ source, key: world.logKey, kept: [], crypto: nodeCrypto, now: LATER })
  return Object.keys(result.counts)
}

describe('a consent given together with others', () => {
  it.each<[string, (own: Digest) => Digest[]]>([
    ['first of two', (own) => [own, other('B')]],
    ['last of three', (own) => [other('B'), other('C'), own]],
    ['one of sixteen', (own) => [...Array.from('BCDEFGHIJKLMNOP', other), own]],
  ])('holds, %s, with its token and without', async (_, batch) => {
    expect(await findingsOf({ batch })).toEqual([])
    expect(await findingsOf({ batch, until: 'consented' })).toEqual([])
  })

  it.each<[string, (own: Digest) => Digest[]]>([
    ['does not list it', () => [other('B'), other('C')]],
    ['lists it twice', (own) => [own, other('B'), own]],
    ['is of one', (own) => [own]],
    ['is of seventeen', (own) => [...Array.from('BCDEFGHIJKLMNOPQ', other), own]],
  ])('is none where the batch %s', async (_, batch) => {
    expect(await findingsOf({ batch, until: 'consented' })).toEqual(['consent_other_statement'])
    expect(await findingsOf({ batch })).not.toEqual([])
  })
})
