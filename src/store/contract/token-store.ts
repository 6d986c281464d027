/**
 * The store's verbs on tokens: issue once, redeem exactly once per use, report the outcome; and on the keys that sign.
 * SPEC 8, 13.
 */
import type { ApprovalClaims, Digest, OutcomeReport } from '@countersign/verifier'
import type { Budget } from '../../domain/approval/series.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { KeyLife } from '../../domain/token/signing-keys.ts'
import type { SpendRefusal } from '../../domain/token/validate-redemption.ts'

/** A token as it is issued: its claims without signature, and its place in a status list. */
export interface IssuedToken {
  readonly jti: string
  readonly request: string
  readonly agent: string
  readonly audience: string
  readonly statusList: number
  readonly statusIndex: number
  readonly uses: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly claims: ApprovalClaims
  readonly claimsDigest: Digest
  /** The grant that it is of, and the millionths that it adds to the sum there. */
  readonly grant: string | null
  readonly added: number
  /** That of the grant, as people signed it. */
  readonly budget: Budget | null
  /** Of what the policy permitted it on, for processes that did not ask; null where that can change by itself. */
  readonly permissionMark: string | null
}

export type IssueVerdict =
  | { readonly verdict: 'issued'; readonly leaf: Uint8Array }
  | { readonly verdict: 'already'; readonly claims: ApprovalClaims }
  /**
   * `unfilled`: the consents that the token carries do not fill the quorum now: one was voided, or its person is in no
   * group that is asked. `lost`: the ledger names a token of this request, and there is no row of it.
   */
  | { readonly verdict: 'not_approved' | 'killed' | 'unfilled' | 'lost' }
  /** For a token of a grant: that has ended or has nothing left. */
  | { readonly verdict: 'grant_over' }

export interface RedemptionAttempt {
  readonly jti: string
  readonly audience: string
  /** Digest of the presented claims; verdict `altered` for others than those issued under this `jti`. */
  readonly claimsDigest: Digest
  /** Hash of the executor's credential: its validity is part of the deciding statement. */
  readonly credentialHash: string
  /** The executor as policy saw it; another version in the database is verdict `stale_party`. */
  readonly executorVersion: number
  /** The agent's registration as policy saw it, the same way; null for the authority's own agents. */
  readonly agentVersion: number | null
  /** The grant that the token is of, with the budget that people signed: it is spent in the same transaction. */
  readonly grant: (Budget & { readonly id: string }) | null
  /** The policy that was asked, the same way. */
  readonly policyVersion: number
  /** The number of people as the policy read it, the same way; null where it read none. */
  readonly people: number | null
  readonly now: number
  /** base64url, as presented, for auditors. */
  readonly signature: string
  /** Makes the entry of one use. Called again where another redeemer took that use. */
  readonly entryFor: (use: number) => Promise<PreparedEntry>
}

/** A token as an executor presents it, without the parties that policy saw. */
export type PresentedToken = Pick<
  RedemptionAttempt,
  'jti' | 'audience' | 'claimsDigest' | 'credentialHash' | 'grant' | 'now'
>

export type RedeemVerdict =
  | { readonly verdict: 'redeemed'; readonly use: number }
  | { readonly verdict: 'unauthenticated' | 'stale_party' | SpendRefusal }

export interface RedemptionRow {
  readonly jti: string
  readonly use: number
  readonly request: string
  readonly audience: string
  readonly redeemedAt: number
  readonly outcome: OutcomeReport['outcome'] | null
  readonly reportedAt: number | null
}

export interface UnsignedToken {
  readonly jti: string
  readonly request: string
  readonly expiresAt: number
}

export interface TokenStore {
  /** Reserves `count` consecutive status positions, never given out twice; returns the first. */
  reserveStatusPositions(count: number): Promise<number>
  /** The first status position that was never given out. */
  nextStatusPosition(): Promise<number>
  /** Exactly one token per request: `issued` with the committed leaf, or the claims that were issued before. */
  issueToken(input: { readonly token: IssuedToken; readonly entry: PreparedEntry }): Promise<IssueVerdict>
  issuedClaims(request: string): Promise<ApprovalClaims | undefined>
  /** As it was issued with; null also for a token that was not issued. */
  permissionMark(jti: string): Promise<string | null>
  /** Keeps the JWS signatures of minted tokens for auditors; a kept one is never replaced. */
  recordSignatures(
    minted: readonly { readonly jti: string; readonly signature: string; readonly kid: string }[],
  ): Promise<void>
  /** Of the newest issued tokens, those whose signature was neither kept nor presented. */
  unsignedTokens(newest: number): Promise<readonly UnsignedToken[]>
  /** Exactly one redeemer per use; decided, written and logged in one statement. */
  redeemOnce(attempt: RedemptionAttempt): Promise<RedeemVerdict>
  /** Why the token itself can no longer be spent; undefined where only its parties or the policy stand in the way. */
  tokenEnd(token: PresentedToken): Promise<SpendRefusal | undefined>
  redemption(input: { readonly jti: string; readonly use: number }): Promise<RedemptionRow | undefined>
  /** One outcome per redemption, by its own executor; `indeterminate` gives way to what is known later. `unknown`: there is no such redemption of this executor. */
  reportOutcome(
    input: Pick<RedemptionRow, 'jti' | 'use' | 'audience'> & {
      readonly outcome: NonNullable<RedemptionRow['outcome']>
      readonly now: number
      readonly entry: PreparedEntry
      readonly payloads: readonly Payload[]
    },
  ): Promise<{ readonly verdict: 'reported' | 'already' | 'unknown' }>
  /** Uses a proof of possession up, across all processes; false when it was used before. Forgotten once it is too old. */
  spendProof(proof: { readonly id: string; readonly expiresAt: number }): Promise<boolean>
  /** Revoked positions within one status list, of tokens that were not spent. */
  revokedPositions(list: number): Promise<readonly number[]>
}

export interface SigningKeyStore {
  signingKeys(): Promise<readonly KeyLife[]>
  /** False when the key is known already; then nothing is written. */
  ensureSigningKey(input: { readonly key: KeyLife; readonly entry: PreparedEntry }): Promise<boolean>
}
