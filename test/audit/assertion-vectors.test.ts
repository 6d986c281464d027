/** The audit's own check of passkey signatures gives the answers of the verifier's vectors. */
import { describe, expect, it } from 'vitest'
import { faultOfAssertion, passkeyOf } from '../../src/audit/tokens/check-assertion.ts'
import vectors from '../vectors/assertion.json' with { type: 'json' }
import { nodeCrypto } from './world.ts'

type Case = (typeof vectors.accept)[number]

const party = { rpIdHash: nodeCrypto.digest(vectors.rp_id), origins: vectors.origins }
const faultOf = (one: Case) => {
  const key = one.key as Parameters<typeof passkeyOf>[0]
  return faultOfAssertion(one, vectors.challenge, passkeyOf(key, nodeCrypto), party, nodeCrypto)
}

describe('assertion vectors', () => {
  it('accepts', () => {
    for (const one of vectors.accept) expect(faultOf(one), JSON.stringify(one)).toBeNull()
  })

  it.each(vectors.reject.map((one) => [one.name, one] as const))('refuses: %s', (_, one) => {
    expect(faultOf({ ...vectors.accept[0], ...one } as Case)).toEqual(expect.any(String))
  })
})
