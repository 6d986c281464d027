/** Signatures that an audit proves, whatever they are over, give the answers of the verifier's vectors. */
import { ApprovalError } from '@countersign/verifier'
import { proveConsent } from '@countersign/verifier/authority'
import { describe, expect, it } from 'vitest'
import { createConsentProof } from '../../src/audit/tokens/prove-consent.ts'
import vectors from '../vectors/assertion.json' with { type: 'json' }
import { nodeCrypto } from './world.ts'

type Case = (typeof vectors.accept)[number]
type Proof = (...of: Parameters<typeof proveConsent>) => { challenge: unknown } | Promise<{ challenge: unknown }>

const party = { rpId: vectors.rp_id, origins: vectors.origins }
/** Why a case does not hold over the challenge of the vectors; null when it does. */
async function faultOf(prove: Proof, one: Case): Promise<string | null> {
  try {
    const { challenge } = await prove(one, one.key as Parameters<typeof proveConsent>[1], party)
    return challenge === vectors.challenge ? null : 'challenge'
  } catch (error) {
    return error instanceof ApprovalError ? String(error.cause) : String(error)
  }
}

describe.each<[string, Proof]>([
  ['of the verifier', proveConsent],
  ['of an audit', createConsentProof(nodeCrypto)],
])('assertion vectors, by the proof %s', (_, prove) => {
  it('accepts', async () => {
    for (const one of vectors.accept) expect(await faultOf(prove, one), JSON.stringify(one)).toBeNull()
  })

  it.each(vectors.reject.map((one) => [one.name, one] as const))('refuses: %s', async (_, one) => {
    const changed = { ...vectors.accept[0], ...one } as Case
    const fault = await faultOf(prove, changed)
    expect(fault).toEqual(expect.any(String))
    expect(fault).toBe(await faultOf(proveConsent, changed))
  })
})
