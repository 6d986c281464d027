/**
 * `@countersign/verifier/authority`: the parts that only authorities and auditors need.
 *
 * In: an executor's challenge; the selector of a kill switch; a passkey's assertion or consent.
 * Out: their checked content.
 *
 * An entry point of its own, so that executors do not carry it. SPEC 2, 5 and 9.
 */

export { parseSelector, type Selectable, selects } from './action/selector.ts'
export { type Assertion, type AssertionBytes, readAssertion } from './consent/assertion.ts'
export { readLoggedConsent } from './consent/statement.ts'
export { proveConsent, type SignedConsent } from './consent/verify-consent.ts'
export { type Challenge, type ChallengeExpectations, parseChallenge } from './jwt/challenge.ts'
