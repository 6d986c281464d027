/**
 * `@countersign/verifier`: refuses every side-effecting call that comes without an approval token for exactly that call.
 *
 * In: a token and the call about to be made.
 * Out: a frozen `Approval`, or an `ApprovalError`.
 *
 * Start at `createVerifier` and its `guard`. Adapters (`/fetch`, `/hono`, `/express`), the stream of events (`/live`),
 * ledger proofs (`/proof`) and what authorities alone read (`/authority`) are entry points of their own.
 */
export {
  type ActionCall,
  type ActionSpec,
  actionDigest,
  newSalt,
  parseAction,
  parseCall,
} from './action.ts'
export type { Approval } from './approval.ts'
export {
  type ApproverDirectory,
  type ApproversDocument,
  buildDirectory,
  type ListedApprover,
  parseApprovers,
} from './approvers.ts'
export { canonicalize } from './canonicalize.ts'
export { type ChallengeContent, type ChallengeKey, createChallenge } from './challenge.ts'
export { type ActionDetails, type ApprovalClaims, type ApprovalTerms, parseClaims } from './claims.ts'
export {
  type Actor,
  batchChallenge,
  type Consent,
  type ConsentStatement,
  challengeOf,
  consentChallenge,
  statementDigest,
  statementOf,
} from './consent.ts'
export { type DpopExpectations, type DpopProof, verifyDpop } from './dpop.ts'
export { base64urlDecode, base64urlEncode, type Digest, digestOf, randomBase64url, sha256 } from './encoding.ts'
export { ApprovalError, type ApprovalErrorOptions, ERROR_CODES, ERROR_STATUS, type ErrorCode } from './errors.ts'
export type { CallInFlight, CallOptions, GuardDefinition, Guarded, RunContext } from './guard.ts'
export { type JsonObject, type JsonValue, parseJson } from './json.ts'
export { jwkThumbprint, type KeyAlgorithm, type PublicJwk } from './jwk.ts'
export type { SigningAlgorithm, VerificationKey } from './jws.ts'
export { type KeySet, parseKeySet } from './keys.ts'
export { type ApproverKey, type AssertionInput, verifyAssertion } from './passkey.ts'
export {
  type Preview,
  type PreviewChange,
  type PreviewContext,
  parsePreview,
  previewDigest,
} from './preview.ts'
export { isOwnApproval } from './quorum.ts'
export type { Redemption } from './redeem.ts'
export type { Selector } from './selector.ts'
export { openStatusList, type StatusList, statusAt } from './status-list.ts'
export { openToken, type ResolveKey, type TokenHeader } from './token.ts'
export { createVerifier, type Verifier, type VerifierOptions, withoutRedemption } from './verifier.ts'
export type { DpopPresentation, VerifyOptions } from './verify.ts'
