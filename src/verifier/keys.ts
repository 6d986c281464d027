/**
 * The authority's signing keys, as `/.well-known/jwks.json` publishes them.
 *
 * In:  the text of a JWK set.
 * Out: keys by thumbprint, each pinned to its one algorithm.
 *
 * Skips keys it has no use for; believes no `kid` that is not the key's thumbprint. RFC 7517, DESIGN 6.
 */
import { get, type Transport, unreachable } from './authority.ts'
import { type CachedDocument, cacheDocument } from './document.ts'
import { isJsonObject, type JsonValue, parseJson } from './json.ts'
import { algorithmOf, importPublicKey, jwkThumbprint, parsePublicJwk } from './jwk.ts'
import { isSigningAlgorithm, type VerificationKey } from './jws.ts'
import { array } from './shape.ts'
import type { ResolveKey } from './token.ts'

/** Keys by RFC 7638 thumbprint. */
export type KeySet = ReadonlyMap<string, VerificationKey>

/** A key set is used for at most five minutes, and asked for out of turn at most every five seconds. */
const MAX_AGE_SECONDS = 300
const COOLDOWN_SECONDS = 5

/** Looks keys up in the authority's key set, which is fetched and kept. Throws `authority_unreachable`. */
export function resolveFrom(issuer: string, transport: Transport, now: () => number): ResolveKey {
  const load = () => fetchKeySet(issuer, transport)
  return resolveIn(cacheDocument({ load, now, maxAgeSeconds: MAX_AGE_SECONDS, cooldownSeconds: COOLDOWN_SECONDS }))
}

function resolveIn(document: CachedDocument<KeySet>): ResolveKey {
  return async (kid) => (await document.get()).get(kid) ?? (await document.renew()).get(kid)
}

async function fetchKeySet(issuer: string, transport: Transport): Promise<KeySet> {
  const text = await get(transport, `${issuer}/.well-known/jwks.json`, 'application/jwk-set+json, application/json')
  try {
    return await parseKeySet(parseJson(text))
  } catch (cause) {
    throw unreachable(cause)
  }
}

/** Reads a JWK set of at most 64 keys. Throws `invalid_request` when it is none. */
export async function parseKeySet(value: JsonValue): Promise<KeySet> {
  const keys = array(isJsonObject(value) ? value['keys'] : undefined, 'keys', 0, 64)
  const entries = await Promise.all(keys.map(readKey))
  return new Map(entries.filter((entry) => entry !== undefined))
}

async function readKey(value: JsonValue): Promise<[string, VerificationKey] | undefined> {
  if (!isJsonObject(value)) return undefined
  const { kid, alg, use } = value
  if (typeof kid !== 'string' || !isSigningAlgorithm(alg) || (use !== undefined && use !== 'sig')) return undefined
  try {
    const jwk = parsePublicJwk(value)
    if (algorithmOf(jwk) !== alg || (await jwkThumbprint(jwk)) !== kid) return undefined
    return [kid, { alg, key: await importPublicKey(jwk) }]
  } catch {
    return undefined
  }
}
