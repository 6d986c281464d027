/**
 * `@countersign/verifier/authority`: the parts that only authorities and auditors need.
 *
 * An entry point of its own, so that executors do not carry it. SPEC 2, 5, 9 and 10.
 */

export {
  type Bounds,
  type Constraint,
  type Constraints,
  millionths,
  parseBounds,
  type SeriesHolder,
  type SeriesShare,
  seriesDigest,
  shareOf,
} from './action/bounds.ts'
export { parseSelector, type Selectable, selects } from './action/selector.ts'
export { type Assertion, assertionOf } from './consent/assertion.ts'
export {
  type AuthorisationStatement,
  authorisationChallenge,
  authorisationStatement,
  canonicalRegistered,
  type EnrolmentProof,
  type EnrolmentStatement,
  type ExecutorRow,
  enrolmentChallenge,
  executorDigest,
  type Registered,
  type RegisteredDocument,
  registeredDigest,
} from './consent/enrolment.ts'
export {
  type AskedPeople,
  filledPlaces,
  isFilled,
  isUseful,
  type Member,
  matchMembers,
  openRequirements,
  type Requirement,
  suits,
  sumOf,
} from './consent/places.ts'
export { readLoggedConsent, textOfBatch } from './consent/statement.ts'
export { proveConsent, type SignedConsent } from './consent/verify-consent.ts'
export { decodeUtf8, readBytes } from './data/bytes.ts'
export { canonicalText, isOrdered } from './data/canonical-text.ts'
export { isJsonObject } from './data/json.ts'
export { type Challenge, type ChallengeExpectations, parseChallenge } from './jwt/challenge.ts'
export { rawSignature } from './keys/der.ts'
export { importPublicKey, importSigningKey } from './keys/jwk.ts'
export { signJws } from './keys/jws.ts'
export type { Sign } from './platform/platform.ts'
