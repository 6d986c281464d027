/**
 * The approvers and their passkeys, as `/.well-known/approvers.json` publishes them or an executor pins them.
 *
 * In a directory, every key belongs to exactly one person. A fetched document is the authority's claim. A pinned one is
 * the executor's own, and no authority can add to it. SPEC 3 and 6.
 */
import type { ApproverKey } from '../consent/passkey.ts'
import { array, bytes32, id, misfit, object, oneOf, type Reader, text } from '../data/shape.ts'
import { jwkThumbprint, KEY_MEMBERS, parsePublicJwk } from '../keys/jwk.ts'
import { type CachedDocument, cacheDocument } from './document.ts'
import { getJson, type Transport } from './transport.ts'

/** One person, by pseudonymous id. */
export type ListedApprover = {
  readonly approver: string
  /** Client ids of the agents this person runs. */
  readonly agents: readonly string[]
  readonly keys: readonly ApproverKey[]
}

/** approvers.json. SPEC 6. */
export type ApproversDocument = {
  readonly rp_id: string
  /** Origins of the pages on which approvers consent. */
  readonly origins: readonly string[]
  readonly approvers: readonly ListedApprover[]
}

/** The document, ready for look-ups. */
export type ApproverDirectory = {
  readonly rpId: string
  readonly origins: readonly string[]
  readonly approvers: ReadonlyMap<string, { readonly agents: readonly string[]; readonly keys: readonly ApproverKey[] }>
}

/** A removed passkey counts for at most this long; a token already issued for it is revoked sooner, by status. */
const MAX_AGE_SECONDS = 60
const COOLDOWN_SECONDS = 5

/** The authority's directory, fetched and kept for at most a minute. Throws `authority_unreachable`. */
export function directoryFrom(
  issuer: string,
  transport: Transport,
  now: () => number,
): CachedDocument<ApproverDirectory> {
  const url = `${issuer}/.well-known/approvers.json`
  const load = () => getJson(transport, url, (value) => buildDirectory(parseApprovers(value)))
  return cacheDocument({ load, now, maxAgeSeconds: MAX_AGE_SECONDS, cooldownSeconds: COOLDOWN_SECONDS })
}

const facts = { kid: bytes32, be: oneOf(true, false) }
const keyReaders = {
  EC: object({ ...KEY_MEMBERS.EC, ...facts, alg: oneOf('ES256') }),
  OKP: object({ ...KEY_MEMBERS.OKP, ...facts, alg: oneOf('EdDSA') }),
  RSA: object({ ...KEY_MEMBERS.RSA, ...facts, alg: oneOf('RS256') }),
} as const

const readKey: Reader<ApproverKey> = (value, where) => keyReaders[parsePublicJwk(value, where).kty](value, where)

const readDocument = object({
  rp_id: text(253),
  origins: array(id, 1, 16),
  approvers: array(object({ approver: id, agents: array(id, 0, 10_000), keys: array(readKey, 0, 100) }), 0, 100_000),
})

/** Reads approvers.json. Throws `invalid_request` for anything but its exact shape. */
export function parseApprovers(value: unknown): ApproversDocument {
  return readDocument(value, 'approvers.json')
}

/** Indexes the document. Throws `invalid_request` for a doubled person or key, and for a `kid` that is not the thumbprint. */
export async function buildDirectory(document: ApproversDocument): Promise<ApproverDirectory> {
  const approvers = new Map(document.approvers.map((listed) => [listed.approver, listed]))
  const keys = document.approvers.flatMap((listed) => listed.keys)
  const thumbprints = await Promise.all(keys.map(jwkThumbprint))
  if (thumbprints.some((thumbprint, index) => thumbprint !== keys[index]?.kid)) throw misfit('kid')
  // One passkey under two names would let one person count twice.
  if (new Set(thumbprints).size !== keys.length) throw misfit('keys')
  if (approvers.size !== document.approvers.length) throw misfit('approvers')
  return { rpId: document.rp_id, origins: document.origins, approvers }
}
