/**
 * `@countersign/verifier/authority`: what an authority and its auditors read, written where executors write it.
 *
 * In: an executor's challenge; the selector of a kill switch.
 * Out: what they say, checked.
 *
 * An entry point of its own, so that executors, who run none of this, do not carry it. SPEC 2 and 9.
 */

export { parseSelector, type Selectable, selects } from './action/selector.ts'
export { type Assertion, type AssertionBytes, readAssertion } from './consent/assertion.ts'
export { readLoggedConsent } from './consent/statement.ts'
export { proveConsent, type SignedConsent } from './consent/verify-consent.ts'
export { type Challenge, type ChallengeExpectations, parseChallenge } from './jwt/challenge.ts'
