/**
 * `@countersign/verifier`: refuses every side-effecting call that comes without an approval token for exactly that
 * call.
 *
 * It gives a frozen `Approval`, or throws an `ApprovalError`. Start at `createVerifier` and its `guard`. Adapters
 * (`/fetch`, `/hono`, `/express`, `/fastify`, `/queue`), the stream of events (`/live`), ledger proofs (`/proof`) and the parts that only
 * authorities and auditors need (`/authority`) are entry points of their own. `SPEC n` is section n of the project's
 * `src/docs/specification.md`, which each authority serves at `/docs/specification`.
 */
export {
  type ActionCall,
  type ActionSpec,
  actionDigest,
  newSalt,
  parseAction,
  parseCall,
} from './action/action.ts'
export type { GrantBounds } from './action/bounds.ts'
export {
  type Preview,
  type PreviewChange,
  type PreviewContext,
  parsePreview,
  previewDigest,
} from './action/preview.ts'
export type { Selector } from './action/selector.ts'
export { parseState, type StateContext, stateDigest } from './action/state.ts'
export {
  type ApproverDirectory,
  type ApproversDocument,
  buildDirectory,
  type ListedApprover,
  parseApprovers,
} from './authority/approvers.ts'
export { type KeySet, parseKeySet } from './authority/key-set.ts'
export { NotExecuted, type OutcomeReport, OutcomeUnknown } from './authority/outcome.ts'
export type { Redemption } from './authority/redeem.ts'
export { type ApproverKey, type AssertionInput, type RelyingParty, verifyAssertion } from './consent/passkey.ts'
export {
  type Actor,
  batchChallenge,
  type Consent,
  type ConsentStatement,
  challengeOf,
  consentChallenge,
  statementDigest,
} from './consent/statement.ts'
export { verifyConsent } from './consent/verify-consent.ts'
export { base64urlDecode, base64urlEncode, randomBase64url } from './data/bytes.ts'
export { canonicalize } from './data/canonicalize.ts'
export { type Digest, digestOf, sha256 } from './data/digest.ts'
export { type JsonObject, type JsonValue, parseJson } from './data/json.ts'
export {
  ApprovalError,
  type ApprovalErrorOptions,
  ERROR_CODES,
  ERROR_STATUS,
  type ErrorCode,
} from './errors/approval-error.ts'
export type { CallOptions, GuardDefinition, Guarded, RunContext } from './guard/guard.ts'
export { createVerifier, type Verifier, type VerifierOptions, withoutRedemption } from './guard/verifier.ts'
export { type ChallengeContent, type ChallengeKey, createChallenge } from './jwt/challenge.ts'
export {
  type ActionDetails,
  type ApprovalClaims,
  type ApprovalTerms,
  outlives,
  parseClaims,
  statementOf,
} from './jwt/claims.ts'
export { createDpop, type DpopExpectations, type DpopProof, type DpopTarget, verifyDpop } from './jwt/dpop.ts'
export { openStatusList, type StatusList, statusAt } from './jwt/status-list.ts'
export { openToken, type TokenHeader } from './jwt/token.ts'
export { jwkThumbprint, type KeyAlgorithm, type PublicJwk } from './keys/jwk.ts'
export { importVerificationKey, type ResolveKey, type SigningAlgorithm, type VerificationKey } from './keys/jws.ts'
export type { Approval } from './verify/approval.ts'
export type { CallInFlight } from './verify/live-port.ts'
export type { DpopPresentation, VerifyOptions } from './verify/verify.ts'
export { isOwnApproval } from './verify/verify-consents.ts'
