/**
 * One entry of the ledger: a fact in canonical JSON, with its RFC 6962 leaf hash; a store verb commits it with its
 * fact. It names its request and the parties by ids and digests, and carries no payload: arguments, previews, reasons
 * and names of people appear as salted digests only. SPEC 8.
 */
import {
  type ApprovalClaims,
  type Consent,
  canonicalize,
  type Digest,
  type JsonObject,
  type OutcomeReport,
  sha256,
} from '@countersign/verifier'

export const ENTRY_TYPES = [
  'call.allowed',
  'call.continued',
  'request.created',
  'request.decided',
  'request.expired',
  'request.withdrawn',
  'request.changed',
  'consent.given',
  'consent.denied',
  'consent.voided',
  'token.issued',
  'token.redeemed',
  'token.refused',
  'token.revoked',
  'outcome.reported',
  'outcome.missing',
  'breakglass.opened',
  'breakglass.acknowledged',
  'killswitch.engaged',
  'killswitch.released',
  'approver.enrolled',
  'approver.changed',
  'approver.suspended',
  'approver.restored',
  'approver.recovered',
  'approver.removed',
  'credential.added',
  'credential.revoked',
  'credential.sealed',
  'agent.added',
  'agent.changed',
  'agent.removed',
  'absence.stated',
  'absence.ended',
  'session.opened',
  'session.ended',
  'executor.added',
  'executor.changed',
  'executor.removed',
  'group.added',
  'group.changed',
  'group.removed',
  'group.synced',
  'directory.added',
  'directory.changed',
  'directory.removed',
  'scim.created',
  'scim.changed',
  'scim.deleted',
  'scim.refused',
  'policy.changed',
  'observation.started',
  'observation.ended',
  'key.rotated',
  'logkey.sealed',
  'configuration.refused',
  'configuration.sealed',
  'erasure.ordered',
  'payload.erased',
  'payload.uncovered',
] as const

export type EntryType = (typeof ENTRY_TYPES)[number]

/** Members with one meaning in every entry; an entry may add its own digests and flags. */
export interface EntryMembers {
  readonly request?: string
  readonly jti?: string
  readonly agent?: string
  readonly principal?: string
  readonly approver?: string
  readonly executor?: string
  readonly directory?: string
  readonly action?: Digest
  readonly name?: string
  /** Salted digest of the resource. */
  readonly resource?: Digest
  readonly outcome?: OutcomeReport['outcome']
  readonly consent?: Consent
  readonly [member: string]: JsonObject[string] | Consent | undefined
}

/** `body` is JCS, at most 8 KiB; `leaf` is 32 bytes. */
export interface PreparedEntry {
  readonly type: EntryType
  readonly at: number
  readonly trace: string
  readonly body: string
  readonly leaf: Uint8Array
}

/** A stored entry. `id` is the order of arrival; the leaf index comes with sequencing. */
export interface StoredEntry {
  readonly id: number
  readonly body: string
  readonly leaf: Uint8Array
}

const MAX_ENTRY_BYTES = 8 * 1024
const encoder = new TextEncoder()

/** Makes the entry of one fact. Throws `TypeError` beyond 8 KiB: callers bound the members. */
export async function prepareEntry(
  type: EntryType,
  at: number,
  trace: string,
  members: EntryMembers,
): Promise<PreparedEntry> {
  const entry: Record<string, JsonObject[string]> = { v: 1, type, at, trace }
  for (const name of Object.keys(members)) {
    const value = members[name]
    if (value !== undefined) entry[name] = value as JsonObject[string]
  }
  const body = canonicalize(entry)
  // The RFC 6962 leaf prefix is a zero byte: U+0000 in UTF-8.
  const prefixed = encoder.encode(`\0${body}`)
  const length = prefixed.length - 1
  if (length > MAX_ENTRY_BYTES) throw new TypeError(`A ${type} entry of ${length} bytes is over 8 KiB`)
  return { type, at, trace, body, leaf: await sha256(prefixed) }
}

/** The part of an approval request that its entries repeat. */
export interface RequestParties {
  readonly id: string
  readonly agent: string
  readonly principal: string
  readonly audience: string
  readonly digest: Digest
  readonly name: string
}

export const partiesOf = (request: RequestParties): EntryMembers => ({
  request: request.id,
  agent: request.agent,
  principal: request.principal,
  executor: request.audience,
  action: request.digest,
  name: request.name,
})

/** The same from a token's claims, and the token itself. */
export const partiesOfClaims = (claims: ApprovalClaims): EntryMembers => ({
  request: claims.approval.request,
  jti: claims.jti,
  agent: claims.act.sub,
  principal: claims.sub,
  executor: claims.aud,
  action: claims.authorization_details[0].digest,
  name: claims.scope,
})

export const requestEntry = (
  request: RequestParties & { readonly trace: string },
  type: EntryType,
  at: number,
  members: EntryMembers = {},
): Promise<PreparedEntry> => prepareEntry(type, at, request.trace, { ...partiesOf(request), ...members })
