/**
 * Stolen: the key that signs tokens, or the whole authority.
 * It issues tokens, but none that an executor with pinned approver keys accepts: the human signatures are missing.
 */
import {
  type ApprovalClaims,
  type ApproversDocument,
  consentChallenge,
  newSalt,
  parseApprovers,
  statementOf,
} from '@countersign/verifier'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, startCast, verifierFor } from '../http/cast.ts'
import { type PublishedKey, publishedKey } from '../http/published-key.ts'
import { NOBODYS_ID } from '../http/raw.ts'
import { expectRefusal, refusalCode } from '../http/watch.ts'
import { createAuthenticator, toConsent } from '../setup/authenticator.ts'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'

let cast: Cast
let key: PublishedKey
let pinned: ApproversDocument
beforeAll(async () => {
  cast = await startCast()
  pinned = parseApprovers(mustSucceed(await cast.agent.call('approverKeys')))
  key = await publishedKey(cast.authority)
})
afterAll(() => cast.authority.stop())

type Approved = Awaited<ReturnType<typeof approvedToken>>
const callOf = ({ action: { salt: _, ...call } }: Approved) => call
const claimsOf = (token: string) => decodeJwt<ApprovalClaims>(token) as ApprovalClaims
const verifier = () => verifierFor(cast, cast.forum, { approvers: pinned })

/** The claims of a token over another call, as the thief would like it. */
async function forOtherCall(approved: Approved, text: string) {
  const other = await approvedToken(cast.agent, cast.ben, { arguments: { text } })
  expect(other.request.digest).not.toBe(approved.request.digest)
  return { call: callOf(other), details: claimsOf(other.token).authorization_details }
}

describe('whoever holds the signing key', () => {
  it('signs tokens that an executor without pinned keys has to believe, as far as the authority knows them', async () => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const same = await key.sign(approved.token)
    await expect(verifierFor(cast, cast.forum).verify(same, callOf(approved))).resolves.toMatchObject({
      origin: 'human',
    })
  })

  it('cannot make up a consent: no signature of an enrolled passkey covers it', async () => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const { call, details } = await forOtherCall(approved, 'Forged')
    const claims = claimsOf(approved.token)
    const forged = await key.sign(approved.token, { authorization_details: details })
    expect(claims.authorization_details).not.toEqual(details)
    await expect(verifier().verify(forged, call)).rejects.toMatchObject({ code: 'consent_invalid' })
  })

  it('cannot consent with a passkey of its own in a person’s name', async () => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const { call, details } = await forOtherCall(approved, 'Mine')
    const own = await createAuthenticator(cast.authority.config)
    const claims = { ...claimsOf(approved.token), authorization_details: details }
    const [given] = claims.approval.consents
    if (!given) throw new Error('no consent')
    for (const kid of [own.kid, given.key]) {
      const challenge = await consentChallenge(statementOf(claims, given))
      const assertion = await own.assert({ challenge: Buffer.from(challenge).toString('base64url') })
      const { approver, nonce, expires, preview } = given
      const consent = toConsent(assertion, { approver, nonce, expires, preview, key: kid })
      const approval = { ...claims.approval, consents: [consent] }
      const forged = await key.sign(approved.token, { authorization_details: details, approval })
      await expect(verifier().verify(forged, call)).rejects.toMatchObject({ code: 'consent_invalid' })
    }
  })

  it('cannot do without people: a policy’s word is not enough, nor an empty list', async () => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const { approval } = claimsOf(approved.token)
    const byPolicy = { ...approval, origin: 'policy' as const, quorum: 0, consents: [] }
    const forged = await key.sign(approved.token, { approval: byPolicy })
    await expect(verifier().verify(forged, callOf(approved))).rejects.toMatchObject({ code: 'consent_missing' })
    for (const consents of [[], [approval.consents[0], approval.consents[0]]]) {
      const few = { ...approval, quorum: 2, consents } as ApprovalClaims['approval']
      const thin = await key.sign(approved.token, { approval: few })
      await expect(verifier().verify(thin, callOf(approved))).rejects.toMatchObject({
        code: expect.stringMatching(/^(token_malformed|consent_missing|quorum_unmet)$/),
      })
    }
  })

  it.each<[string, (claims: ApprovalClaims) => Partial<ApprovalClaims>]>([
    ['to another principal', () => ({ sub: 'somebody-else' })],
    ['to another agent', () => ({ act: { sub: 'other-agent' } })],
    ['to another actor', () => ({ client_id: 'other-agent' })],
    ['to more uses', ({ authorization_details: [one] }) => ({ authorization_details: [{ ...one, uses: 5 }] })],
    ['to another policy', ({ approval }) => ({ approval: { ...approval, policy: `sha-256:${'A'.repeat(43)}` } })],
    ['to another request', ({ approval }) => ({ approval: { ...approval, request: NOBODYS_ID } })],
  ])('cannot stretch a consent %s', async (_, changes) => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const forged = await key.sign(approved.token, changes(claimsOf(approved.token)))
    await expect(verifier().verify(forged, callOf(approved))).rejects.toMatchObject({ code: 'consent_invalid' })
  })

  it('cannot have a consent outlive its deadline', async () => {
    const action = postAction()
    const opened = await cast.agent.propose({ body: { audience: FORUM, action, expires_in: 60 } })
    const params = { id: mustSucceed(opened).id }
    mustSucceed(await cast.ben.consent(params.id))
    const { token } = mustSucceed(await cast.agent.call('collectToken', { params }))
    const { exp } = claimsOf(token)
    expect(exp).toBe(mustSucceed(opened).expires_at)
    const { salt: _, ...call } = action
    const longer = await key.sign(token, { exp: exp + 1 })
    await expect(verifier().verify(longer, call)).rejects.toMatchObject({ code: 'consent_invalid' })
    await verifier().verify(token, call)
  })

  it('cannot have one consent act twice under another jti', async () => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const guarding = verifier()
    await guarding.verify(approved.token, callOf(approved))
    const twin = await key.sign(approved.token, { jti: NOBODYS_ID })
    await expect(guarding.verify(twin, callOf(approved))).rejects.toMatchObject({ code: 'token_redeemed' })
  })

  it('cannot spend at the authority what the authority never issued', async () => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const forged = await key.sign(approved.token, { jti: NOBODYS_ID })
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: forged } }), 'token_signature')
  })

  it.each<[string, (claims: ApprovalClaims) => Partial<ApprovalClaims>]>([
    [
      'over another call',
      ({ authorization_details: [one] }) => ({
        authorization_details: [{ ...one, resource: 'forum:all', digest: `sha-256:${'A'.repeat(43)}` }],
      }),
    ],
    ['for another actor', () => ({ client_id: 'other-agent' })],
    ['with a longer life', ({ exp }) => ({ exp: exp + 60 })],
    ['with more uses', ({ authorization_details: [one] }) => ({ authorization_details: [{ ...one, uses: 5 }] })],
    ['without the consents', ({ approval }) => ({ approval: { ...approval, consents: [] } })],
    ['bound to its own key', () => ({ cnf: { jkt: 'A'.repeat(43) } })],
    ['that names another entry', ({ log }) => ({ log: { ...log, leaf: `sha-256:${'A'.repeat(43)}` } })],
  ])('cannot spend a token %s under a jti that lives', async (_, changes) => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const { client } = cast.forum
    const forged = await key.sign(approved.token, changes(claimsOf(approved.token)))
    const introspect = async (token: string) =>
      mustSucceed(await cast.authority.operator.call('introspect', { form: { token } })).active
    expect(await introspect(forged)).toBe(false)
    expectRefusal(await client.call('redeem', { body: { token: forged } }), 'token_signature')
    const { entries } = mustSucceed(await cast.agent.call('trace', { params: { trace: approved.request.trace } }))
    expect(entries.at(-1)).toMatchObject({ type: 'token.refused', jti: approved.jti, code: 'token_signature' })
    expect(await introspect(approved.token)).toBe(true)
    mustSucceed(await client.call('redeem', { body: { token: approved.token } }))
  })
})

describe('claims that no request has, under a signature that holds', () => {
  const ODD = ['not base64url', '', 'A', 'A'.repeat(23), '\u0000', '\u202e', '__proto__', 'x'.repeat(512)]
  const places: [string, (claims: ApprovalClaims, odd: string) => object][] = [
    ['request', ({ approval }, odd) => ({ approval: { ...approval, request: odd } })],
    ['jti', (_, odd) => ({ jti: odd })],
    ['sub', (_, odd) => ({ sub: odd })],
    ['act', (_, odd) => ({ act: { sub: odd } })],
    ['client_id', (_, odd) => ({ client_id: odd })],
    ['aud', (_, odd) => ({ aud: odd })],
    ['txn', (_, odd) => ({ txn: odd })],
    ['log', ({ log }, odd) => ({ log: { ...log, origin: odd } })],
  ]

  it.each(places)('are refused with a code, never a fault: %s', async (_, changes) => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const { operator } = cast.authority
    const action = { name: 'countersign.agent.add', resource: 'agent:x', arguments: { id: 'x' }, salt: newSalt() }
    for (const odd of ODD) {
      const token = await key.sign(approved.token, changes(claimsOf(approved.token), odd))
      const redeemed = await cast.forum.client.call('redeem', { body: { token } })
      expect(refusalCode(redeemed)).toMatch(/^(token_|policy_denied)/)
      const performed = await operator.call('administer', { body: { action }, headers: { 'approval-token': token } })
      expect(refusalCode(performed)).toMatch(/^token_/)
      expect(mustSucceed(await operator.call('introspect', { form: { token } }))).toEqual({ active: false })
    }
    mustSucceed(await cast.forum.client.call('redeem', { body: { token: approved.token } }))
  })
})

describe('a whole authority in other hands', () => {
  it('is not asked whose keys count', async () => {
    const own = await createAuthenticator(cast.authority.config)
    const asked: string[] = []
    const hostile = verifierFor(cast, cast.forum, {
      approvers: pinned,
      fetch: async (input, init) => {
        asked.push(String(input))
        if (!String(input).endsWith('approvers.json')) return cast.authority.fetch(String(input), init)
        const approvers = [{ approver: cast.ben.id, agents: [], keys: [own.approverKey] }]
        return Response.json({ ...pinned, approvers })
      },
    })
    const approved = await approvedToken(cast.agent, cast.ben)
    await hostile.verify(approved.token, callOf(approved))
    expect(asked.filter((url) => url.endsWith('approvers.json'))).toEqual([])
  })
})
