/** A key that a token can be bound to, and the proofs it makes. RFC 9449. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'

export async function dpopKey(now: () => number) {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  const proof = (method: string, url: string, more: object = {}) =>
    new SignJWT({ htm: method, htu: url, jti: crypto.randomUUID(), iat: now(), ...more })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(privateKey)
  return { proof, jkt: await calculateJwkThumbprint(jwk) }
}
