/**
 * The approvers and their passkeys, as `/.well-known/approvers.json` publishes them or an executor pins them.
 *
 * In:  the document.
 * Out: a directory by approver, in which every key belongs to exactly one person.
 *
 * A fetched document is the authority's word. A pinned one is the executor's own, and no authority can add to it.
 * DESIGN 3 and 6.
 */
import { get, type Transport, unreachable } from './authority.ts'
import { type CachedDocument, cacheDocument } from './document.ts'
import { ApprovalError } from './errors.ts'
import { type JsonObject, type JsonValue, parseJson } from './json.ts'
import { algorithmOf, jwkThumbprint, parsePublicJwk } from './jwk.ts'
import type { ApproverKey } from './passkey.ts'
import { array, BASE64URL_32, boolean, closedObject, matching, text } from './shape.ts'

/** One person, by pseudonymous id. */
export type ListedApprover = {
  readonly approver: string
  /** Client ids of the agents this person runs. */
  readonly agents: readonly string[]
  readonly keys: readonly ApproverKey[]
}

/** approvers.json. DESIGN 6. */
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
  const load = () => fetchDirectory(issuer, transport)
  return cacheDocument({ load, now, maxAgeSeconds: MAX_AGE_SECONDS, cooldownSeconds: COOLDOWN_SECONDS })
}

async function fetchDirectory(issuer: string, transport: Transport): Promise<ApproverDirectory> {
  const body = await get(transport, `${issuer}/.well-known/approvers.json`, 'application/json')
  try {
    return await buildDirectory(parseApprovers(parseJson(body)))
  } catch (cause) {
    throw unreachable(cause)
  }
}

/** Reads approvers.json. Throws `invalid_request` for anything but its exact shape. */
export function parseApprovers(value: unknown): ApproversDocument {
  const document = closedObject(value, 'approvers.json', ['rp_id', 'origins', 'approvers'])
  return {
    rp_id: text(document['rp_id'], 'rp_id', 253),
    origins: array(document['origins'], 'origins', 1, 16).map((origin) => text(origin, 'origins', 512)),
    approvers: array(document['approvers'], 'approvers', 0, 100_000).map(parseApprover),
  }
}

/** Indexes the document. Throws `invalid_request` when a person or key stands twice or a `kid` is not the thumbprint. */
export async function buildDirectory(document: ApproversDocument): Promise<ApproverDirectory> {
  const approvers = new Map(document.approvers.map((listed) => [listed.approver, listed]))
  const keys = document.approvers.flatMap((listed) => listed.keys)
  const thumbprints = await Promise.all(keys.map(jwkThumbprint))
  if (thumbprints.some((thumbprint, index) => thumbprint !== keys[index]?.kid)) throw refuse('A kid is no thumbprint.')
  // One passkey under two names would let one person count twice.
  if (new Set(thumbprints).size !== keys.length) throw refuse('A passkey stands twice.')
  if (approvers.size !== document.approvers.length) throw refuse('An approver stands twice.')
  return { rpId: document.rp_id, origins: document.origins, approvers }
}

function parseApprover(value: JsonValue): ListedApprover {
  const listed = closedObject(value, 'approver', ['approver', 'agents', 'keys'])
  return {
    approver: text(listed['approver'], 'approver.approver', 512),
    agents: array(listed['agents'], 'approver.agents', 0, 10_000).map((id) => text(id, 'approver.agents', 512)),
    keys: array(listed['keys'], 'approver.keys', 0, 100).map(parseKey),
  }
}

const KEY_MEMBERS = {
  EC: ['kty', 'crv', 'x', 'y', 'kid', 'alg', 'be'],
  OKP: ['kty', 'crv', 'x', 'kid', 'alg', 'be'],
  RSA: ['kty', 'n', 'e', 'kid', 'alg', 'be'],
} as const

function parseKey(value: JsonValue): ApproverKey {
  const jwk = parsePublicJwk(value)
  const members: JsonObject = closedObject(value, 'key', KEY_MEMBERS[jwk.kty])
  const alg = algorithmOf(jwk)
  if (members['alg'] !== alg) throw refuse('The alg of a passkey does not fit its type.')
  const kid = matching(members['kid'], 'key.kid', BASE64URL_32)
  return { ...jwk, kid, alg, be: boolean(members['be'], 'key.be') }
}

function refuse(message: string): ApprovalError {
  return new ApprovalError('invalid_request', { message })
}
