/** The parties of the vectors: fixed keys, and randomness that is the same each time. */
import { createHash } from 'node:crypto'
import { createAuthenticator } from '../setup/authenticator.ts'
import { createWorld, ISSUER, type Person, RP_ID, signingKey, type World } from '../verifier/world.ts'
import keys from './keys.json' with { type: 'json' }

export const authority = await signingKey('ES256', keys.authority)
export const authorityEdwards = await signingKey('EdDSA', keys.authorityEdwards)
export const stranger = await signingKey('ES256', keys.stranger)
export const holder = await signingKey('ES256', keys.holder)
export const executor = await signingKey('EdDSA', keys.executor)

const passkey = (privateJwk: JsonWebKey, alg: -7 | -8 | -257, credentialId: string, be = false) =>
  createAuthenticator({ rpId: RP_ID, origin: ISSUER, alg, be, privateJwk, credentialId })

export const people: Person[] = [
  {
    id: 'person-ada',
    agents: [],
    passkeys: [await passkey(keys.ada, -7, 'YWRh'), await passkey(keys.adaSecond, -7, 'YWRhMg', true)],
  },
  { id: 'person-ben', agents: ['bens-agent'], passkeys: [await passkey(keys.ben, -8, 'YmVu')] },
  { id: 'person-cleo', agents: ['cleos-agent'], passkeys: [await passkey(keys.cleo, -257, 'Y2xlbw')] },
]

/** Bytes that look random and are the same in every run: SHA-256 of a label and a counter. */
export function seeded(label: string): (bytes: number) => string {
  let counter = 0
  return (bytes) => createHash('sha256').update(`${label}/${counter++}`).digest().subarray(0, bytes).toString('base64url')
}

/** A fresh authority with the fixed keys. */
export function fixedWorld(label: string): Promise<World> {
  return createWorld({ key: authority, people, random: seeded(label) })
}
