/** Signatures that an audit proves, whatever they are over, give the answers of the verifier's vectors. */
import { proveConsent } from '@countersign/verifier/authority'
import { describe, expect, it } from 'vitest'
import vectors from '../vectors/assertion.json' with { type: 'json' }

type Case = (typeof vectors.accept)[number]

const party = { rpId: vectors.rp_id, origins: vectors.origins }
/** Why a case does not hold over the challenge of the vectors; null when it does. */
async function faultOf(one: Case): Promise<string | null> {
  try {
    const { challenge } = await proveConsent(one, one.key as Parameters<typeof proveConsent>[1], party)
    return challenge === vectors.challenge ? null : 'challenge'
  } catch (error) {
    return String(error)
  }
}

describe('assertion vectors', () => {
  it('accepts', async () => {
    for (const one of vectors.accept) expect(await faultOf(one), JSON.stringify(one)).toBeNull()
  })

  it.each(vectors.reject.map((one) => [one.name, one] as const))('refuses: %s', async (_, one) => {
    expect(await faultOf({ ...vectors.accept[0], ...one } as Case)).toEqual(expect.any(String))
  })
})
