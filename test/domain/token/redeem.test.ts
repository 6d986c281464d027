/** What must hold of claims before they are spent, and what each verdict of the database is called. */
import { type ApprovalClaims, parseClaims } from '@countersign/verifier'
import { isOrdered } from '@countersign/verifier/authority'
import { describe, expect, it } from 'vitest'
import { openedRequest } from '../../../src/domain/approval/new-request.ts'
import { buildClaims, withLog } from '../../../src/domain/token/build-claims.ts'
import { refusalOf, type SpendRefusal, validateForRedemption } from '../../../src/domain/token/validate-redemption.ts'
import { ACTION, asked, DIGEST, ISSUER, NOW, POLICY, permitted, REQUEST } from '../approval/sample.ts'

const request = await openedRequest(asked(), permitted('allow'), POLICY)

const claims = (more: Partial<ApprovalClaims> = {}): ApprovalClaims => {
  const bare = buildClaims({
    issuer: ISSUER,
    request,
    resource: ACTION.resource,
    salt: ACTION.salt,
    consents: [],
    jti: REQUEST,
    now: NOW,
    status: { idx: 0, uri: `${ISSUER}/status/0` },
    jkt: null,
    grant: null,
  })
  return { ...withLog(bare, ISSUER, DIGEST), ...more }
}

describe('claims to be redeemed', () => {
  it('are read in canonical order, in which they are digested', () => {
    expect(isOrdered(parseClaims(claims()))).toBe(true)
  })

  it.each<[string, Partial<ApprovalClaims>, number, string]>([
    ['in time', {}, NOW, 'ok'],
    ['in the last second', {}, NOW + 119, 'ok'],
    ['at their end', {}, NOW + 120, 'token_expired'],
    ['of five seconds ahead', {}, NOW - 5, 'ok'],
    ['of six seconds ahead', {}, NOW - 6, 'token_not_yet_valid'],
    ['of another issuer', { iss: 'https://other.example' }, NOW, 'token_issuer'],
    ['of another issuer, by a slash', { iss: `${ISSUER}/` }, NOW, 'token_issuer'],
    ['of 600 s', { exp: NOW + 600 }, NOW, 'ok'],
    ['of 601 s', { exp: NOW + 601 }, NOW, 'token_expired'],
    ['that end before they begin', { exp: NOW - 1 }, NOW, 'token_expired'],
  ])('%s', (_, more, now, expected) => {
    const verdict = validateForRedemption(claims(more), ISSUER, now)
    expect(verdict.ok ? 'ok' : verdict.refusal.code).toBe(expected)
  })
})

describe('a verdict', () => {
  it.each<[SpendRefusal, string]>([
    ['unknown', 'token_signature'],
    ['expired', 'token_expired'],
    ['revoked', 'token_revoked'],
    ['agent_revoked', 'token_revoked'],
    ['spent', 'token_redeemed'],
  ])('%s is %s, in a sentence', (verdict, code) => {
    const refusal = refusalOf(verdict)
    expect(refusal.code).toBe(code)
    expect(refusal.message).toMatch(/^[A-Z].{20,}\.$/)
  })
})
