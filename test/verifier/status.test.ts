/** Revocation is felt, and not knowing counts as revoked. */

import { deflateSync } from 'node:zlib'
import { parseKeySet } from '@countersign/verifier'
import { expect, test } from 'vitest'
import { createStatusMemory, type Moment } from '../../src/verifier/authority/status.ts'
import { openStatusList, statusAt } from '../../src/verifier/jwt/status-list.ts'
import { ACTION, codeOf, createWorld, ISSUER, NOW, newSigningKey, type World } from './world.ts'

const LIST = `GET ${ISSUER}/status/0`

test.each([1, 2, 3, 255])('status %i revokes', async (status) => {
  const world = await createWorld()
  world.statuses[7] = status
  expect(await codeOf(world.verifier().verify(await world.mint(), ACTION))).toBe('token_revoked')
  expect(world.spent.size).toBe(0)
})

test('a list is asked for once in staleAfter, and a revocation is felt after it', async () => {
  const world = await createWorld()
  const verifier = world.verifier()
  await verifier.verify(await world.mint(), ACTION)
  world.statuses[7] = 1
  world.now += 5
  expect(await codeOf(verifier.verify(await world.mint(), ACTION))).toBe('accepted')
  world.now += 1
  expect(await codeOf(verifier.verify(await world.mint(), ACTION))).toBe('token_revoked')
  expect(world.requests.filter((line) => line === LIST)).toHaveLength(2)
})

test('an authority out of reach makes a verifier refuse once its news are old', async () => {
  const world = await createWorld()
  const verifier = world.verifier()
  await verifier.verify(await world.mint(), ACTION)
  world.replies.set(LIST, () => undefined)
  world.now += 5
  expect(await codeOf(verifier.verify(await world.mint(), ACTION))).toBe('accepted')
  world.now += 1
  expect(await codeOf(verifier.verify(await world.mint(), ACTION))).toBe('status_stale')
})

test('an old list that someone kept does not count as news', async () => {
  const world = await createWorld()
  const kept = await world.statusList()
  world.now += 6
  world.replies.set(LIST, () => ({ status: 200, body: kept }))
  expect(await codeOf(world.verifier().verify(await world.mint(), ACTION))).toBe('status_stale')
})

const forged: [string, Record<string, unknown>][] = [
  ['for another uri', { sub: `${ISSUER}/status/1` }],
  ['from the future', { iat: 1_800_000_010, exp: 1_800_000_020 }],
  ['that lives longer than a minute', { exp: 1_800_000_061 }],
  ['without end', { exp: undefined }],
  ['of three bits', { 'status_list.bits': 3 }],
  ['that is not compressed', { 'status_list.lst': 'AAAA' }],
  ['that inflates without end', { 'status_list.lst': deflateSync(new Uint8Array(5_000_000)).toString('base64url') }],
]
test.each(forged)('refuses a list %s', async (_what, edits) => {
  const world = await createWorld()
  world.statusEdits = edits
  expect(await codeOf(world.verifier().verify(await world.mint(), ACTION))).toBe('status_stale')
})

test('refuses a list signed by a stranger, and a token in place of a list', async () => {
  const world = await createWorld()
  const claims = {
    sub: world.statusUri,
    iat: world.now,
    exp: world.now + 60,
    status_list: { bits: 1, lst: 'eJwDAAAAAAE' },
  }
  const stranger = await newSigningKey()
  const list = await world.sign(JSON.stringify(claims), { typ: 'statuslist+jwt', kid: world.key.kid }, stranger)
  for (const body of [list, await world.mint(), await world.sign(JSON.stringify(claims))]) {
    world.replies.set(LIST, () => ({ status: 200, body }))
    expect(await codeOf(world.verifier().verify(await world.mint(), ACTION))).toBe('status_stale')
  }
})

test('a token younger than the list in memory has it fetched again', async () => {
  const world = await createWorld()
  const verifier = world.verifier()
  await verifier.verify(await world.mint(), ACTION)
  world.statuses = new Uint8Array(128)
  const edits = { 'status.status_list.idx': 100 }
  expect(await codeOf(verifier.verify(await world.mint({ edits }), ACTION))).toBe('accepted')
})

test.each([1, 2, 4, 8] as const)('reads %i-bit statuses from the least significant end', (bits) => {
  const list = { uri: '', issuedAt: 0, expiresAt: 0, bits, bytes: new Uint8Array([0b1101_0010, 0b0000_0001]) }
  const expected = { 1: [0, 1, 0, 0, 1, 0, 1, 1, 1, 0], 2: [2, 0, 1, 3, 1, 0], 4: [2, 13, 1, 0], 8: [210, 1] }[bits]
  expect(expected.map((_value, index) => statusAt(list, index))).toEqual(expected)
  expect(() => statusAt(list, 16 / bits)).toThrow(RangeError)
})

test('an older list that arrives late does not undo a revocation', async () => {
  const world = await createWorld()
  const { memory } = await memoryOf(world)
  const older = await world.statusList()
  world.now += 1
  world.statuses[7] = 1
  await memory.accept(world.statusUri, await world.statusList())
  await memory.accept(world.statusUri, older)
  expect(await codeOf(memory.check(world.statusUri, 7))).toBe('token_revoked')
})

test('a stream can feed the memory: lists are accepted as fetched ones are, and news keeps them young', async () => {
  const world = await createWorld()
  const { memory, keys } = await memoryOf(world)
  await memory.accept(world.statusUri, await world.statusList())
  for (let second = 0; second < 20; second++) {
    world.now += 1
    memory.heard([world.statusUri], [world.now, world.now])
  }
  expect(await codeOf(memory.check(world.statusUri, 7))).toBe('accepted')
  expect(world.requests).toEqual([])
  world.statuses[7] = 1
  await memory.accept(world.statusUri, await world.statusList())
  expect(await codeOf(memory.check(world.statusUri, 7))).toBe('token_revoked')
  await expect(memory.accept(world.statusUri, await world.mint())).rejects.toThrow()
  const opened = await openStatusList(await world.statusList(), world.statusUri, async (kid) => keys.get(kid))
  expect(opened.bytes).toEqual(world.statuses)
})

test('a list that arrives is no news by itself, and news of other lists is none of it', async () => {
  const world = await createWorld()
  const { memory } = await memoryOf(world)
  await memory.accept(world.statusUri, await world.statusList())
  memory.heard([`${ISSUER}/status/1`], [world.now, world.now])
  world.replies.set(LIST, () => undefined)
  expect(await codeOf(memory.check(world.statusUri, 7))).toBe('status_stale')
})

test('news is stale by whichever clock says so, to the millisecond', async () => {
  const world = await createWorld()
  const clock = { set: NOW, steady: 100 }
  const { memory } = await memoryOf(world, () => [clock.set, clock.steady])
  world.replies.set(LIST, () => undefined)
  await memory.accept(world.statusUri, await world.statusList())
  memory.heard([world.statusUri], [NOW, 100])
  const cases: [number, number, string][] = [
    [NOW + 5, 105, 'accepted'],
    [NOW + 5.001, 105, 'status_stale'],
    [NOW + 5, 105.001, 'status_stale'],
    // Somebody set the clock back; and a machine that slept counts no seconds meanwhile.
    [NOW - 3, 106, 'status_stale'],
    [NOW + 30, 101, 'status_stale'],
  ]
  for (const [set, steady, verdict] of cases) {
    Object.assign(clock, { set, steady })
    expect(await codeOf(memory.check(world.statusUri, 7)), `${set} ${steady}`).toBe(verdict)
  }
})

test('older news does not make what is known older', async () => {
  const world = await createWorld()
  const { memory } = await memoryOf(world)
  world.replies.set(LIST, () => undefined)
  await memory.accept(world.statusUri, await world.statusList())
  memory.heard([world.statusUri], [world.now, world.now])
  memory.heard([world.statusUri], [world.now - 60, world.now - 60])
  expect(await codeOf(memory.check(world.statusUri, 7))).toBe('accepted')
})

test('a newer list that lacks a revocation does not undo it', async () => {
  const world = await createWorld()
  const { memory } = await memoryOf(world)
  world.statuses[7] = 1
  await memory.accept(world.statusUri, await world.statusList())
  world.now += 1
  world.statuses[7] = 0
  await memory.accept(world.statusUri, await world.statusList())
  memory.heard([world.statusUri], [world.now, world.now])
  expect(await codeOf(memory.check(world.statusUri, 7))).toBe('token_revoked')
})

async function memoryOf(world: World, clock = (): Moment => [world.now, world.now]) {
  const keys = await parseKeySet({ keys: JSON.parse(JSON.stringify(world.jwks)) })
  const memory = createStatusMemory({
    transport: { fetch: world.fetch, timeoutMs: 1000 },
    resolveKey: (kid) => keys.get(kid),
    clock,
    staleAfterSeconds: 5,
    skewSeconds: 5,
  })
  return { memory, keys }
}
