/**
 * Issues a token: its claims and their entry are committed first, then the claims are signed. A process that dies
 * between the two mints the same `jti` again later. Decides nothing: see `collect`. SPEC 6.
 */
import { type ActionSpec, type ApprovalClaims, digestOf, type JsonObject } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { addedTo } from '../../domain/approval/grant.ts'
import { grantBudget } from '../../domain/approval/series.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import { requestEntry } from '../../domain/ledger/entry.ts'
import { leafDigest, receiptFor } from '../../domain/ledger/receipt.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import { statusUri } from '../../domain/stop/status-list-claims.ts'
import { areOf, buildClaims, type ClaimsWithoutLog, withLog } from '../../domain/token/build-claims.ts'
import { type Cause, mint } from '../../domain/token/mint.ts'
import type { SigningKey } from '../../domain/token/signing-keys.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { IssuedToken } from '../../store/contract/token-store.ts'
import type { Deps, Uses } from '../deps.ts'
import { newId } from '../new-id.ts'
import type { Permitted } from '../policy/permitted-calls.ts'

export interface MintedToken {
  readonly token: string
  readonly jti: string
  readonly issuedAt: number
  readonly expiresAt: number
  readonly bound: boolean
  readonly authorizationDetails: readonly JsonObject[]
  /** The call to make, where an approver changed it; null once erased. */
  readonly changed?: ActionSpec | null
}

/** A token's claims and its entry, not yet committed. */
export interface TokenDraft {
  readonly token: IssuedToken
  readonly entry: PreparedEntry
  /** Found before anything is committed, so that committed claims can also be signed. */
  readonly key: SigningKey
}

export type IssueDeps = Pick<
  Deps,
  'config' | 'keys' | 'now' | 'randomBytes' | 'nextStatusPlace' | 'signatures' | 'permittedCalls'
>

/** The consents that a token carries, the key it is bound to, the grant that it is of, and what the policy permitted. */
export interface TokenBasis {
  readonly consents: ApprovalClaims['approval']['consents']
  readonly jkt: string | null
  readonly grant: ApprovalRequest | null
  /** Null where the redemption has to ask the policy in any case. */
  readonly permitted: Permitted | null
}

export async function draftToken(
  deps: IssueDeps,
  request: ApprovalRequest,
  { consents, jkt, grant, permitted }: TokenBasis,
): Promise<TokenDraft> {
  if (!request.action) throw new Error('The action of this request has been erased')
  const { origin } = deps.config
  const { resource, salt } = request.action
  const now = deps.now()
  const key = await deps.keys.current(now)
  const jti = newId(deps.randomBytes)
  const { list, index } = await deps.nextStatusPlace()
  const status = { idx: index, uri: statusUri(origin, list) }
  const bare = buildClaims({ issuer: origin, request, resource, salt, consents, jti, now, status, jkt, grant })
  const entry = await issuedEntry(request, bare)
  const claims = withLog(bare, origin, leafDigest(entry.leaf))
  const [{ bounds }] = claims.authorization_details
  const claimsDigest = await digestOf(claims)
  const token: IssuedToken = {
    jti,
    request: request.id,
    agent: request.agent,
    audience: request.audience,
    statusList: list,
    statusIndex: index,
    uses: request.terms.uses,
    issuedAt: now,
    expiresAt: claims.exp,
    claims,
    claimsDigest,
    grant: request.grant,
    added: grant ? addedTo(grant, request.action) : 0,
    budget: bounds ? grantBudget(bounds) : null,
    permissionMark: permitted && (await deps.permittedCalls.markOf(permitted, claimsDigest)),
  }
  return { token, entry, key }
}

/** The entry of a token, which holds the digest of its claims. The same claims give the same entry. */
export async function issuedEntry(request: ApprovalRequest, claims: ClaimsWithoutLog): Promise<PreparedEntry> {
  const { jti, iat, approval } = claims
  const members = { jti, quorum: approval.quorum, origin: approval.origin, claims: await digestOf(claims) }
  return requestEntry(request, 'token.issued', iat, members)
}

/**
 * The entry of claims that were committed before. Undefined where the row of the token holds others: not what its request
 * gives, or not what the ledger says was issued.
 */
export async function entryOfCommitted(
  { store, config, log }: Uses<Pick<EntryStore, 'entriesOfTrace'>, 'config' | 'log'>,
  claims: ApprovalClaims,
  request: ApprovalRequest,
  grant: ApprovalRequest | null,
): Promise<PreparedEntry | undefined> {
  const { log: place, ...bare } = claims
  const entry = await issuedEntry(request, bare)
  const recorded = (await store.entriesOfTrace(request.trace)).filter(
    ({ body }) => JSON.parse(body).type === entry.type,
  )
  const isRecorded = recorded.length === 1 && recorded[0]?.body === entry.body
  if (isRecorded && leafDigest(entry.leaf) === place.leaf && areOf(config.origin, claims, request, grant)) return entry
  log.error('token.altered', { trace: request.trace, jti: claims.jti })
  return undefined
}

/** Signs claims whose entry is committed: `leaf` is the leaf hash that the store returned. */
export async function mintCommitted(
  { signatures }: IssueDeps,
  cause: Cause,
  claims: ApprovalClaims,
  { entry, key }: Pick<TokenDraft, 'entry' | 'key'>,
  leaf: Uint8Array,
): Promise<Result<MintedToken>> {
  const minted = await mint(cause, receiptFor(entry, leaf), claims, key)
  if (!minted.ok) return minted
  const token = minted.value
  await signatures.keep({ jti: claims.jti, signature: token.slice(token.lastIndexOf('.') + 1), kid: key.kid })
  return ok({
    token,
    jti: claims.jti,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    bound: claims.cnf !== undefined,
    authorizationDetails: claims.authorization_details.map(plainJson),
  })
}
