/**
 * The authority's signing keys, as `/.well-known/jwks.json` publishes them.
 *
 * Skips keys it has no use for; believes no `kid` that is not the key's thumbprint. RFC 7517, SPEC 6.
 */
import type { JsonValue } from '../data/json.ts'
import { array, bytes32, oneOf, openObject } from '../data/shape.ts'
import { insist } from '../errors/refuse.ts'
import { jwkThumbprint, parsePublicJwk } from '../keys/jwk.ts'
import { importVerificationKey, type ResolveKey, type VerificationKey } from '../keys/jws.ts'
import { cacheDocument } from './document.ts'
import { getJson, type Transport } from './transport.ts'

/** Keys by RFC 7638 thumbprint. */
export type KeySet = ReadonlyMap<string, VerificationKey>

/** A key set is used for at most five minutes, and asked for out of turn at most every five seconds. */
const MAX_AGE_SECONDS = 300
const COOLDOWN_SECONDS = 5

/** Looks keys up in the authority's key set, which is fetched and kept. Throws `authority_unreachable`. */
export function resolveFrom(issuer: string, transport: Transport, now: () => number): ResolveKey {
  const load = () => getJson(transport, `${issuer}/.well-known/jwks.json`, parseKeySet)
  const document = cacheDocument({ load, now, maxAgeSeconds: MAX_AGE_SECONDS, cooldownSeconds: COOLDOWN_SECONDS })
  return async (kid) => (await document.get()).get(kid) ?? (await document.renew()).get(kid)
}

const readKeys = openObject({ keys: array((value) => value, 0, 64) })
const readNames = openObject({ kid: bytes32, alg: oneOf('ES256', 'EdDSA') })

/** Reads a JWK set of at most 64 keys, and skips those of no use. Throws `invalid_request` when it is none. */
export async function parseKeySet(value: JsonValue): Promise<KeySet> {
  const { keys } = readKeys(value, 'jwks')
  const entries = await Promise.all(keys.map((key) => readKey(key).catch(() => undefined)))
  return new Map(entries.filter((entry) => entry !== undefined))
}

async function readKey(value: unknown): Promise<[string, VerificationKey]> {
  const { kid } = readNames(value, 'key')
  insist((await jwkThumbprint(parsePublicJwk(value, 'key'))) === kid, 'kid')
  return [kid, await importVerificationKey(value)]
}
