/** What a process signed is not verified again by it, and nothing else is let through. */
import { importVerificationKey, type VerificationKey } from '@countersign/verifier'
import { importSigningKey } from '@countersign/verifier/authority'
import { describe, expect, it } from 'vitest'
import { MadeSignatures } from '../../../src/domain/token/made-signatures.ts'
import { generateSigningKey, publicHalf } from '../../../src/domain/token/signing-keys.ts'

/** The order of P-256. */
const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
const bytes = (text: string) => new TextEncoder().encode(text)

async function keyPair(alg: 'ES256' | 'EdDSA' = 'ES256') {
  const jwk = await generateSigningKey(alg)
  const { publicJwk } = await publicHalf(jwk)
  const made = new MadeSignatures()
  const key = await importVerificationKey({ ...publicJwk, alg })
  const asked: boolean[] = []
  const counted: VerificationKey = {
    alg,
    verify: async (signature, data) => {
      const holds = await key.verify(signature, data)
      asked.push(holds)
      return holds
    },
  }
  return { sign: made.keeping(await importSigningKey(jwk, alg)), key: made.sparing(counted), asked }
}

/** s in place of n − s: as valid, and another text. */
function twinOf(signature: Uint8Array<ArrayBuffer>) {
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
  return new Uint8Array([
    ...signature.subarray(0, 32),
    ...Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex'),
  ])
}

describe('a signature that was made here', () => {
  it.each(['ES256', 'EdDSA'] as const)('holds without being verified: %s', async (alg) => {
    const { sign, key, asked } = await keyPair(alg)
    const signature = await sign(bytes('a token'))
    expect(await key.verify(signature, bytes('a token'))).toBe(true)
    expect(asked).toEqual([])
  })

  it('does not hold for anything but what it signed', async () => {
    const { sign, key } = await keyPair()
    const [signature, other] = [await sign(bytes('a token')), await sign(bytes('another'))]
    expect(await key.verify(signature, bytes('a tokem'))).toBe(false)
    expect(await key.verify(signature, bytes('another'))).toBe(false)
    expect(await key.verify(other, bytes('a token'))).toBe(false)
    expect(await key.verify(signature, bytes(''))).toBe(false)
  })

  it('is verified where a bit, its length or its spelling differs', async () => {
    const { sign, key, asked } = await keyPair()
    const signature = await sign(bytes('a token'))
    for (const at of [0, 31, 32, 63])
      expect(await key.verify(signature.with(at, (signature[at] ?? 0) ^ 1) as never, bytes('a token'))).toBe(false)
    expect(await key.verify(signature.slice(0, 63), bytes('a token'))).toBe(false)
    expect(await key.verify(new Uint8Array([...signature, 0]), bytes('a token'))).toBe(false)
    expect(await key.verify(twinOf(signature), bytes('a token'))).toBe(true)
    expect(asked).toEqual([false, false, false, false, false, false, true])
  })

  it('does not hold under another key', async () => {
    const [mine, theirs] = [await keyPair(), await keyPair()]
    const signature = await mine.sign(bytes('a token'))
    expect(await theirs.key.verify(signature, bytes('a token'))).toBe(false)
  })

  it('is verified once 10,000 newer ones were made', async () => {
    const { sign, key, asked } = await keyPair()
    const [first, second] = [await sign(bytes('first')), await sign(bytes('second'))]
    for (let at = 0; at < 9_999; at++) await sign(bytes(`newer ${at}`))
    expect(await key.verify(first, bytes('first'))).toBe(true)
    expect(asked).toEqual([true])
    expect(await key.verify(second, bytes('second'))).toBe(true)
    expect(asked).toHaveLength(1)
  })
})
