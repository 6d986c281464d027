/** A token acts as often as people consented to, whoever presents it and whatever the authority says. */
import { withoutRedemption } from '@countersign/verifier'
import { expect, test } from 'vitest'
import { ACTION, codeOf, createWorld, ISSUER, receipt } from './world.ts'

const REDEMPTIONS = `POST ${ISSUER}/redemptions`

test('of two presentations at once exactly one acts', async () => {
  const world = await createWorld()
  const verifier = world.verifier()
  const token = await world.mint()
  const codes = await Promise.all([1, 2, 3, 4].map(() => codeOf(verifier.verify(token, ACTION))))
  expect(codes.sort()).toEqual(['accepted', 'token_redeemed', 'token_redeemed', 'token_redeemed'])
  expect(world.requests.filter((line) => line === REDEMPTIONS)).toHaveLength(1)
})

test('of two verifiers exactly one acts, because the authority spends the token', async () => {
  const world = await createWorld()
  const token = await world.mint()
  const codes = await Promise.all([1, 2].map(() => codeOf(world.verifier().verify(token, ACTION))))
  expect(codes.sort()).toEqual(['accepted', 'token_redeemed'])
})

test('a redemption that failed burns nothing', async () => {
  const world = await createWorld()
  const verifier = world.verifier()
  const token = await world.mint()
  world.replies.set(REDEMPTIONS, () => undefined)
  expect(await codeOf(verifier.verify(token, ACTION))).toBe('authority_unreachable')
  world.replies.delete(REDEMPTIONS)
  expect(await codeOf(verifier.verify(token, ACTION))).toBe('accepted')
})

test('a stolen token presented for another action burns nothing', async () => {
  const world = await createWorld()
  const verifier = world.verifier()
  const token = await world.mint()
  expect(await codeOf(verifier.verify(token, { ...ACTION, resource: 'forum:eng/threads/1' }))).toBe('action_mismatch')
  expect(await codeOf(verifier.verify(token, ACTION))).toBe('accepted')
})

test('an authority that redeems everything cannot make a token act twice', async () => {
  const world = await createWorld()
  const verifier = world.verifier({ approvers: world.approvers })
  const claims = { 'approval.request': world.random(16), jti: world.random(16) }
  const token = await world.mint({ by: [[world.ada]], edits: claims })
  const said = receipt({ jti: claims.jti, approval: { request: claims['approval.request'] } }, world.now)
  world.replies.set(REDEMPTIONS, () => ({ status: 201, body: JSON.stringify(said) }))
  expect(await codeOf(verifier.verify(token, ACTION))).toBe('accepted')
  expect(await codeOf(verifier.verify(token, ACTION))).toBe('token_redeemed')
})

test('an authority that puts one consent into two tokens cannot make it act twice', async () => {
  const world = await createWorld()
  const verifier = world.verifier({ approvers: world.approvers })
  const token = await world.mint({ by: [[world.ada]] })
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const twin = await world.sign(JSON.stringify({ ...claims, jti: world.random(16) }))
  expect(await codeOf(verifier.verify(token, ACTION))).toBe('accepted')
  world.now += 200
  const later = { ...claims, jti: world.random(16), iat: world.now, exp: world.now + 100 }
  expect(await codeOf(verifier.verify(twin, ACTION))).toBe('token_expired')
  expect(await codeOf(verifier.verify(await world.sign(JSON.stringify(later)), ACTION))).toBe('token_redeemed')
})

test('a token of two uses acts twice and no more', async () => {
  const world = await createWorld()
  const verifier = world.verifier({ redemption: withoutRedemption })
  const token = await world.mint({ by: [[world.ada]], edits: { 'authorization_details.0.uses': 2 } })
  const codes: string[] = []
  for (let use = 0; use < 3; use++) codes.push(await codeOf(verifier.verify(token, ACTION)))
  expect(codes).toEqual(['accepted', 'accepted', 'token_redeemed'])
})

test('a full memory refuses rather than forgets, and recovers when lives end', async () => {
  const world = await createWorld()
  const verifier = world.verifier({ redemption: withoutRedemption, replayCapacity: 2 })
  const first = await world.mint()
  await verifier.verify(first, ACTION)
  await verifier.verify(await world.mint(), ACTION)
  expect(await codeOf(verifier.verify(await world.mint(), ACTION))).toBe('rate_limited')
  expect(await codeOf(verifier.verify(first, ACTION))).toBe('token_redeemed')
  world.now += 126
  expect(await codeOf(verifier.verify(await world.mint(), ACTION))).toBe('accepted')
})

test.each([
  ['a receipt for another token', { jti: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ['a receipt for another request', { request: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ['a receipt for a use beyond the last', { use: 2 }],
  ['a receipt with more than belongs there', { note: 'trust me' }],
])('does not act on %s', async (_what, wrong) => {
  const world = await createWorld()
  const edits = { 'approval.request': world.random(16), jti: world.random(16) }
  const said = receipt({ jti: edits.jti, approval: { request: edits['approval.request'] } }, world.now)
  world.replies.set(REDEMPTIONS, () => ({ status: 201, body: JSON.stringify({ ...said, ...wrong }) }))
  expect(await codeOf(world.verifier().verify(await world.mint({ edits }), ACTION))).toBe('authority_unreachable')
})

test.each([
  [409, '{"code":"token_revoked"}', 'token_revoked'],
  [403, '{"code":"killed","detail":"by order"}', 'killed'],
  [403, '{"code":"policy_denied"}', 'policy_denied'],
  [401, '{"code":"unauthenticated"}', 'unauthenticated'],
  [429, '{"code":"rate_limited"}', 'rate_limited'],
  [418, '{"code":"teapot"}', 'authority_unreachable'],
  [418, '{"code":"__proto__"}', 'authority_unreachable'],
  [200, '{}', 'authority_unreachable'],
  [302, '', 'authority_unreachable'],
  [500, '<html>', 'authority_unreachable'],
  [201, '{"jti":"x","jti":"y"}', 'authority_unreachable'],
  [500, 'x'.repeat(1_048_577), 'authority_unreachable'],
])('the answer %i to a redemption refuses with the code it names', async (status, body, code) => {
  const world = await createWorld()
  world.replies.set(REDEMPTIONS, () => ({ status, body }))
  expect(await codeOf(world.verifier().verify(await world.mint(), ACTION))).toBe(code)
})

test('an authority that never answers is unreachable after the time-out', async () => {
  const world = await createWorld()
  const hang: typeof fetch = (_input, init) =>
    new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
  const verifier = world.verifier({ fetch: hang, timeoutMs: 20 })
  expect(await codeOf(verifier.verify(await world.mint(), ACTION))).toBe('authority_unreachable')
})
