/**
 * `@countersign/verifier`: refuses every side-effecting call that comes without an approval token for exactly that call.
 *
 * In:  a token and the call about to be made.
 * Out: a frozen `Approval`, or an `ApprovalError`.
 *
 * Start at `createVerifier` and its `guard`. Adapters (`/fetch`, `/hono`, `/express`) and ledger proofs (`/proof`) are
 * entry points of their own.
 */
export {
  ACTION_NAME,
  type ActionCall,
  type ActionSpec,
  actionDigest,
  MAX_ARGUMENT_BYTES,
  MAX_RESOURCE_LENGTH,
  newSalt,
  parseAction,
  parseCall,
} from './action.ts'
export { canonicalize } from './canonicalize.ts'
export { type ActionDetails, type ApprovalClaims, type ApprovalTerms, parseClaims } from './claims.ts'
export {
  type Actor,
  batchChallenge,
  type Consent,
  type ConsentStatement,
  consentChallenge,
  statementDigest,
  statementOf,
} from './consent.ts'
export { base64urlDecode, base64urlEncode, type Digest, digestOf, randomBase64url, sha256 } from './encoding.ts'
export { ApprovalError, type ApprovalErrorOptions, ERROR_CODES, ERROR_STATUS, type ErrorCode } from './errors.ts'
export { type JsonObject, type JsonValue, parseJson } from './json.ts'
export type { SigningAlgorithm, VerificationKey } from './jws.ts'
export { type ApproverKey, type AssertionInput, jwkThumbprint, type PublicJwk, verifyAssertion } from './passkey.ts'
export {
  MAX_PREVIEW_BYTES,
  type Preview,
  type PreviewChange,
  type PreviewContext,
  parsePreview,
  previewDigest,
} from './preview.ts'
export { MAX_TOKEN_BYTES, openToken, type ResolveKey, type TokenHeader } from './token.ts'
