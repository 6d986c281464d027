/** The way of a good token, and each thing that can be wrong with one, in the order of SPEC 7. */
import { describe, expect, test } from 'vitest'
import { ACTION, AUDIENCE, codeOf, createWorld, type Edits, ISSUER, type Mint } from './world.ts'

describe.each(['ES256', 'EdDSA'] as const)('a token signed with %s', (alg) => {
  test('of origin policy is accepted once', async () => {
    const world = await createWorld({ alg })
    const verifier = world.verifier()
    const token = await world.mint()
    const approval = await verifier.verify(token, ACTION)
    expect(approval).toMatchObject({ origin: 'policy', principal: 'person-zoe', agent: 'some-agent', approvers: [] })
    expect(approval.redemption?.use).toBe(1)
    expect(Object.isFrozen(approval)).toBe(true)
    expect(Object.isFrozen(approval.claims.approval)).toBe(true)
    expect(await codeOf(verifier.verify(token, ACTION))).toBe('token_redeemed')
  })

  test('with the consent of three people and every passkey algorithm is accepted', async () => {
    const world = await createWorld({ alg })
    const { ada, ben, cleo } = world
    const token = await world.mint({ by: [[ada], [ben], [cleo]] })
    const { name, resource, arguments: args } = ACTION
    const approval = await world.verifier().verify(token, { name, resource, arguments: args })
    expect(approval.approvers).toEqual([ada.id, ben.id, cleo.id])
    expect(approval.separation).toBe(true)
    expect(world.requests).toEqual([
      `GET ${ISSUER}/.well-known/jwks.json`,
      `GET ${ISSUER}/.well-known/approvers.json`,
      `GET ${ISSUER}/status/0`,
      `POST ${ISSUER}/redemptions`,
    ])
  })
})

const edits: [string, Edits, string][] = [
  [
    'another issuer',
    { iss: 'https://evil.example', 'status.status_list.uri': 'https://evil.example/s' },
    'token_issuer',
  ],
  ['another audience', { aud: 'https://other.example' }, 'token_audience'],
  ['two audiences', { aud: [AUDIENCE, 'https://other.example'] }, 'token_malformed'],
  ['a time that has passed', { iat: 1_799_999_000, exp: 1_799_999_100 }, 'token_expired'],
  ['a life over 600 s', { exp: 1_800_000_601 }, 'token_expired'],
  ['a time to come', { iat: 1_800_000_006 }, 'token_not_yet_valid'],
  ['a fraction of a second', { exp: 1_800_000_060.5 }, 'token_malformed'],
  ['another resource', { 'authorization_details.0.resource': 'forum:eng/threads/43' }, 'action_mismatch'],
  ['another name', { 'authorization_details.0.name': 'forum.delete', scope: 'forum.delete' }, 'action_mismatch'],
  ['another salt', { 'authorization_details.0.salt': 'AAAAAAAAAAAAAAAAAAAAAA' }, 'action_mismatch'],
  ['a scope for something else', { scope: 'forum.delete' }, 'token_malformed'],
  ['a member too many', { admin: true }, 'token_malformed'],
  ['a member too few', { log: undefined }, 'token_malformed'],
  ['a status list elsewhere', { 'status.status_list.uri': 'https://evil.example/status/0' }, 'token_malformed'],
  [
    'a status list on a look-alike',
    { 'status.status_list.uri': 'https://approve.example@evil.example/' },
    'token_malformed',
  ],
  [
    'a status list by a detour',
    { 'status.status_list.uri': 'https://approve.example/a/../status/0' },
    'token_malformed',
  ],
  ['an index beyond the list', { 'status.status_list.idx': 64 }, 'status_stale'],
  ['a policy that claims a quorum', { 'approval.quorum': 1 }, 'token_malformed'],
  ['human origin and no consent', { 'approval.origin': 'human', 'approval.quorum': 1 }, 'consent_missing'],
  ['a jti with unused bits set', { jti: 'AAAAAAAAAAAAAAAAAAAAAB' }, 'token_malformed'],
  ['an unnamed agent', { act: {} }, 'token_malformed'],
]

test.each(edits)('refuses %s', async (_what, wrong, code) => {
  const world = await createWorld()
  expect(await codeOf(world.verifier().verify(await world.mint({ edits: wrong }), ACTION))).toBe(code)
})

const consents: [string, Omit<Mint, 'by'>, string][] = [
  ['a consent to another action', { tampered: { 'approval.policy': `sha-256:${'A'.repeat(43)}` } }, 'consent_invalid'],
  ['a lowered quorum', { edits: { 'approval.quorum': 2 }, tampered: { 'approval.quorum': 1 } }, 'consent_invalid'],
  ['a quorum that is not met', { edits: { 'approval.quorum': 2 } }, 'quorum_unmet'],
  ['more uses than consented to', { tampered: { 'authorization_details.0.uses': 2 } }, 'consent_invalid'],
  ['a token that outlives its consent', { consentLife: -1 }, 'consent_invalid'],
  ['a person in another name', { tampered: { 'approval.consents.0.approver': 'person-ben' } }, 'consent_invalid'],
  ['a stranger', { tampered: { 'approval.consents.0.approver': 'person-eve' } }, 'consent_invalid'],
  ['no user verification', { assert: { userVerified: false } }, 'consent_invalid'],
  ['no user presence', { assert: { userPresent: false } }, 'consent_invalid'],
  ['another site', { assert: { rpId: 'evil.example' } }, 'consent_invalid'],
  ['another origin', { assert: { origin: 'https://evil.example' } }, 'consent_invalid'],
  ['a foreign frame', { assert: { crossOrigin: true } }, 'consent_invalid'],
  ['a top origin', { assert: { topOrigin: 'https://evil.example' } }, 'consent_invalid'],
  ['a registration', { assert: { type: 'webauthn.create' } }, 'consent_invalid'],
  ['another challenge', { assert: { challenge: 'AAAA' } }, 'consent_invalid'],
  ['a passkey turned synced', { assert: { be: true } }, 'consent_invalid'],
  ['backed up but not eligible', { assert: { bs: true } }, 'consent_invalid'],
  ['attested data in an assertion', { assert: { flags: 0x45 } }, 'consent_invalid'],
  ['bytes that nothing announces', { assert: { trailing: new Uint8Array(1) } }, 'consent_invalid'],
  ['extensions announced and absent', { assert: { flags: 0x85 } }, 'consent_invalid'],
  [
    'a batch without it',
    { batch: () => [`sha-256:${'A'.repeat(43)}`, `sha-256:${'E'.repeat(43)}`] },
    'consent_invalid',
  ],
  ['a batch with it twice', { batch: (own) => [own, own] }, 'consent_invalid'],
  ['a batch of one', { batch: (own) => [own] }, 'token_malformed'],
  ['a batch of seventeen', { batch: (own) => Array(17).fill(own) }, 'token_malformed'],
  ['self-approval called separation', { edits: { sub: 'person-ada' } }, 'consent_invalid'],
  ['own separation not accepted', { edits: { sub: 'person-ada', 'approval.separation': false } }, 'quorum_unmet'],
]

test.each(consents)('refuses %s', async (_what, order, code) => {
  const world = await createWorld()
  const token = await world.mint({ by: [[world.ada]], ...order })
  expect(await codeOf(world.verifier().verify(token, ACTION))).toBe(code)
})

test('accepts a consent given in a batch', async () => {
  const world = await createWorld()
  const batch: Mint['batch'] = (own) => [`sha-256:${'A'.repeat(43)}`, own]
  const token = await world.mint({ by: [[world.ada]], batch })
  expect((await world.verifier().verify(token, ACTION)).approvers).toEqual(['person-ada'])
})

test('accepts self-approval where the executor says so, and only as such', async () => {
  const world = await createWorld()
  const verifier = world.verifier({ acceptSelfApproval: true })
  const own = { sub: 'person-ada', 'approval.separation': false }
  const approval = await verifier.verify(await world.mint({ by: [[world.ada]], edits: own }), ACTION)
  expect(approval.separation).toBe(false)
  const claimed = await world.mint({ by: [[world.ada]], edits: { 'approval.separation': false } })
  expect(await codeOf(verifier.verify(claimed, ACTION))).toBe('consent_invalid')
})

test.each([
  ['the agent', { act: { sub: 'bens-agent' } }],
  ['an agent behind the agent', { act: { sub: 'some-agent', act: { sub: 'bens-agent' } } }],
  ['the actor', { client_id: 'bens-agent' }],
])('refuses the consent of the one who runs %s', async (_who, wrong) => {
  const world = await createWorld()
  const token = await world.mint({ by: [[world.ben]], edits: wrong })
  expect(await codeOf(world.verifier().verify(token, ACTION))).toBe('consent_invalid')
})
