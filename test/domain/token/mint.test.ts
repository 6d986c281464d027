/** Minting: no token without its cause, nor without its entry; and the claims, from a request and what allowed it. */
import {
  type ApprovalClaims,
  type Consent,
  consentChallenge,
  digestOf,
  openToken,
  parseClaims,
} from '@countersign/verifier'
import { decodeJwt } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ApprovalRequest } from '../../../src/domain/approval/approval-request.ts'
import { openedRequest } from '../../../src/domain/approval/new-request.ts'
import { buildStatement } from '../../../src/domain/consent/gesture.ts'
import { type VerifiedConsent, verifyConsent } from '../../../src/domain/consent/verify-consent.ts'
import type { Passkey } from '../../../src/domain/identity/parties.ts'
import { prepareEntry } from '../../../src/domain/ledger/entry.ts'
import { leafDigest, receiptFor } from '../../../src/domain/ledger/receipt.ts'
import { buildClaims, logOrigin, withLog } from '../../../src/domain/token/build-claims.ts'
import { type Cause, mint } from '../../../src/domain/token/mint.ts'
import {
  createSigningKeys,
  generateSigningKey,
  publicHalf,
  type SigningKey,
  type SigningKeys,
} from '../../../src/domain/token/signing-keys.ts'
import { createAuthenticator } from '../../setup/authenticator.ts'
import { ACTION, asked, ISSUER, NOW, POLICY, permitted, quorumOf, REQUEST, request, TERMS } from '../approval/sample.ts'

const PARTY = { rpId: 'approve.example', origin: ISSUER }
const JKT = 'A'.repeat(43)
const JTI = 'EBESExQVFhcYGRobHB0eHw'

let keys: SigningKeys
let key: SigningKey
beforeAll(async () => {
  const jwk = await generateSigningKey('ES256')
  const { kid, alg, publicJwk } = await publicHalf(jwk)
  const row = { kid, alg, publicJwk: { ...publicJwk }, publishedAt: NOW, signsFrom: NOW, retiredAt: null }
  keys = createSigningKeys({ load: async () => [jwk] }, async () => [row])
  key = await keys.current(NOW)
})

async function consentOf(approver: string, about: ApprovalRequest): Promise<VerifiedConsent> {
  const authenticator = await createAuthenticator(PARTY)
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
  const statement = buildStatement(ISSUER, about, { approver, onBehalfOf: null, separation: true, nonce })
  const challenge = Buffer.from(await consentChallenge(statement)).toString('base64url')
  const passkey: Passkey = {
    credentialId: authenticator.credentialId,
    approver,
    label: 'Key',
    key: authenticator.approverKey,
    counter: 0,
    backedUp: false,
    transports: [],
    aaguid: '',
    createdAt: NOW,
    lastUsedAt: null,
    revokedAt: null,
  }
  const verified = await verifyConsent(statement, await authenticator.assert({ challenge }), passkey, PARTY)
  if (!verified.ok) throw new Error(verified.refusal.message)
  return verified.value
}

/** Claims, and the receipt of the entry that names them. */
async function committed(about: ApprovalRequest, consents: readonly Consent[], jkt: string | null = null) {
  const status = { idx: 7, uri: `${ISSUER}/status/0` }
  const { resource, salt } = ACTION
  const bare = buildClaims({
    issuer: ISSUER,
    request: about,
    resource,
    salt,
    consents,
    jti: JTI,
    now: NOW,
    status,
    jkt,
    grant: null,
  })
  const members = { jti: JTI, claims: await digestOf(bare) }
  const entry = await prepareEntry('token.issued', NOW, about.trace, members)
  return { claims: withLog(bare, ISSUER, leafDigest(entry.leaf)), receipt: receiptFor(entry, entry.leaf) }
}

const human = (consents: readonly VerifiedConsent[]): Cause => ({ origin: 'human', consents })
const allow: Cause = { origin: 'policy', decision: permitted('allow') }
const allowed = () => openedRequest(asked(), permitted('allow'), POLICY)

describe('minting', () => {
  it('signs what enough people consented to', async () => {
    const about = await request({ separation: true })
    const ben = await consentOf('ben', about)
    const { claims, receipt } = await committed(about, [ben.consent])
    const minted = await mint(human([ben]), receipt, claims, key)
    if (!minted.ok) throw new Error(minted.refusal.message)
    const opened = await openToken(minted.value, (kid) => keys.resolve(kid, NOW))
    expect(opened.claims).toEqual(claims)
    expect(decodeJwt(minted.value)).toEqual(claims)
  })

  it('signs what a policy allowed', async () => {
    const { claims, receipt } = await committed(await allowed(), [])
    expect(claims.approval).toMatchObject({ origin: 'policy', quorum: 0, consents: [], separation: true })
    expect(await mint(allow, receipt, claims, key)).toMatchObject({ ok: true })
  })

  it('refuses claims that outlive a consent', async () => {
    const about = await request({ separation: true })
    const ben = await consentOf('ben', about)
    const { claims, receipt } = await committed(about, [ben.consent])
    const { expires } = ben.consent
    expect(await mint(human([ben]), receipt, { ...claims, exp: expires }, key)).toMatchObject({ ok: true })
    const late = await mint(human([ben]), receipt, { ...claims, exp: expires + 1 }, key)
    expect(late).toMatchObject({ ok: false, refusal: { code: 'consent_invalid' } })
  })

  it('refuses fewer people than the quorum, however many consents', async () => {
    const about = await request({ terms: { ...TERMS, ...quorumOf(2) } })
    const [ben, again, cleo] = [
      await consentOf('ben', about),
      await consentOf('ben', about),
      await consentOf('cleo', about),
    ]
    const unmet = { ok: false, refusal: { code: 'quorum_unmet' } }
    for (const given of [[], [ben], [ben, again]]) {
      const { claims, receipt } = await committed(
        about,
        given.map(({ consent }) => consent),
      )
      expect(await mint(human(given), receipt, claims, key)).toMatchObject(unmet)
    }
    const { claims, receipt } = await committed(about, [ben.consent, cleo.consent])
    expect(await mint(human([ben]), receipt, claims, key)).toMatchObject(unmet)
    expect(await mint(human([ben, again]), receipt, claims, key)).toMatchObject(unmet)
    expect(await mint(human([ben, cleo]), receipt, claims, key)).toMatchObject({ ok: true })
  })

  it('refuses a verified consent lent to another name', async () => {
    const about = await request()
    const ben = await consentOf('ben', about)
    const { claims, receipt } = await committed(about, [{ ...ben.consent, approver: 'cleo' }])
    expect(await mint(human([ben]), receipt, claims, key)).toMatchObject({
      ok: false,
      refusal: { code: 'quorum_unmet' },
    })
  })

  it('takes no cause of another origin, and no receipt of another entry', async () => {
    const about = await request()
    const ben = await consentOf('ben', about)
    const { claims, receipt } = await committed(about, [ben.consent])
    await expect(mint(allow, receipt, claims, key)).rejects.toThrow(TypeError)
    const policy = await committed(await allowed(), [])
    await expect(mint(human([ben]), policy.receipt, policy.claims, key)).rejects.toThrow('another origin')
    await expect(mint(human([ben]), policy.receipt, claims, key)).rejects.toThrow('another ledger entry')
  })
})

describe('the claims', () => {
  const build = async (more: Partial<ApprovalRequest> = {}, jkt: string | null = null): Promise<ApprovalClaims> =>
    (await committed(await request(more), [], jkt)).claims

  it('are what a verifier reads, whole', async () => {
    const { claims } = await committed(await allowed(), [], JKT)
    expect(parseClaims(JSON.parse(JSON.stringify(claims)))).toEqual(claims)
  })

  it('name the parties, the one action, and the place in the log', async () => {
    const claims = await build({ actor: 'gateway' })
    expect(claims).toMatchObject({
      iss: ISSUER,
      aud: 'https://forum.example',
      sub: 'ada',
      act: { sub: 'helpdesk-agent' },
      client_id: 'gateway',
      jti: JTI,
      txn: REQUEST,
      scope: ACTION.name,
      authorization_details: [{ type: 'countersign_action', resource: ACTION.resource, salt: ACTION.salt, uses: 1 }],
      log: { origin: 'approve.example/log', leaf: expect.stringMatching(/^sha-256:/) },
    })
    expect(claims).not.toHaveProperty('cnf')
    expect(JSON.stringify(claims)).not.toContain('Hello')
  })

  it.each([
    [120, 900, 120],
    [600, 900, 600],
    [600, 30, 30],
  ])('live for %i s, but not past the %i s of the consent', async (ttlSeconds, consented, life) => {
    const claims = await build({ terms: { ...TERMS, ttlSeconds }, expiresAt: NOW + consented })
    expect(claims.exp - claims.iat).toBe(life)
  })

  it('bind to a key, and state self-approval', async () => {
    expect(await build({ separation: false }, JKT)).toMatchObject({
      cnf: { jkt: JKT },
      approval: { separation: false },
    })
  })

  it('take the log’s name from the issuer', () => {
    expect(logOrigin('http://localhost:8787')).toBe('localhost:8787/log')
  })
})
