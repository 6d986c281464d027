/** The size that a request's token is expected to have, beside the size of real ones. */
import { describe, expect, it } from 'vitest'
import { expectedTokenBytes, MAX_TOKEN_BYTES } from '../../../src/domain/token/build-claims.ts'
import tokens from '../../vectors/token.json' with { type: 'json' }
import { ACTION, ISSUER, request, TERMS } from '../approval/sample.ts'

const action = (resource: string) => ({ action: { ...ACTION, resource } })
const terms = (quorum: number) => ({ terms: { ...TERMS, quorum } })
const chain = (length: number): { sub: string } =>
  length === 1 ? { sub: 'a'.repeat(128) } : { ...{ sub: 'a'.repeat(128) }, ...{ act: chain(length - 1) } }

describe('the expected size of a token', () => {
  it('is that of a real one, a little above', async () => {
    const real = tokens.cases.map(({ token }) => token).find((token) => token !== null && token.length > 1500) ?? ''
    const expected = expectedTokenBytes(tokens.issuer, await request())
    expect(expected / real.length).toBeGreaterThan(0.95)
    expect(expected / real.length).toBeLessThan(1.25)
  })

  it('leaves room for eight consents to an ordinary action', async () => {
    expect(expectedTokenBytes(ISSUER, await request(terms(8)))).toBeLessThan(MAX_TOKEN_BYTES)
  })

  it('is too large for a resource that takes six bytes a character, with a long chain or a large quorum', async () => {
    const resource = action('\u0001'.repeat(1024))
    expect(expectedTokenBytes(ISSUER, await request({ ...resource, act: chain(8), ...terms(2) }))).toBeGreaterThan(
      MAX_TOKEN_BYTES,
    )
    expect(expectedTokenBytes(ISSUER, await request({ ...resource, ...terms(3) }))).toBeGreaterThan(MAX_TOKEN_BYTES)
  })
})
