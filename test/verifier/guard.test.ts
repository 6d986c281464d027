/** No token, no execution; and what runs is what was approved. */
import {
  type ActionSpec,
  ApprovalError,
  type ChallengeKey,
  type JsonObject,
  NotExecuted,
  OutcomeUnknown,
  parseKeySet,
  previewDigest,
  withoutRedemption,
} from '@countersign/verifier'
import { parseChallenge } from '@countersign/verifier/authority'
import { describe, expect, test, vi } from 'vitest'
import { waitFor } from '../setup/wait-for.ts'
import { ACTION, AUDIENCE, codeOf, createWorld, ISSUER, newSigningKey, publicKey } from './world.ts'

const executorKey = await newSigningKey()
const challengeKey = { ...executorKey.privateJwk, kid: executorKey.kid, alg: executorKey.alg } as ChallengeKey
const executorKeys = await parseKeySet({ keys: [JSON.parse(JSON.stringify(publicKey(executorKey)))] })

type Post = { text: string; tags?: string[] }
const action = (args: JsonObject): ActionSpec => ({ ...ACTION, arguments: args })
const resource = () => ACTION.resource

describe('a call without a token', () => {
  test('runs nothing and answers with a challenge that holds the whole action', async () => {
    const world = await createWorld()
    const run = vi.fn()
    const preview = { summary: 'A reply', changes: [{ label: 'text', before: null, after: 'hello' }] }
    const post = world
      .verifier({ challengeKey })
      .guard('forum.post', { resource, run, preview: () => preview, reason: (args: Post) => `Reply: ${args.text}` })
    const error = await post({ text: 'hello' }, { act: { sub: 'some-agent' } }).catch((reason: unknown) => reason)
    if (!(error instanceof ApprovalError) || error.challenge === undefined) throw new Error('no challenge')
    expect(error.code).toBe('token_missing')
    expect(run).not.toHaveBeenCalled()
    const challenge = await parseChallenge(error.challenge, {
      resolveKey: async (kid, iss) => (iss === AUDIENCE ? executorKeys.get(kid) : undefined),
      audience: ISSUER,
      issuer: AUDIENCE,
      now: world.now,
    })
    expect(challenge).toMatchObject({
      iss: AUDIENCE,
      reason: 'Reply: hello',
      act: { sub: 'some-agent' },
      action: { name: 'forum.post', resource: ACTION.resource, arguments: { text: 'hello' } },
      preview,
    })
    expect(challenge.expiresAt - challenge.issuedAt).toBe(300)
    await previewDigest(preview, { by: 'executor', audience: AUDIENCE, salt: challenge.action.salt })
  })

  test('has no challenge where the caller cannot relay one, or the executor cannot sign one', async () => {
    const world = await createWorld()
    const definition = { resource, run: () => 'ran' }
    const refusals = [
      () => world.verifier({ challengeKey }).guard('forum.post', definition)({}, { acceptsChallenge: false }),
      () => world.verifier().guard('forum.post', definition)({}),
    ]
    for (const refusal of refusals) {
      const error = await refusal().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'token_missing' })
      expect(error).not.toHaveProperty('challenge')
    }
  })
})

describe('the arguments that run', () => {
  test('are those that were digested, whatever happens to the caller’s object meanwhile', async () => {
    const world = await createWorld()
    const args: Post = { text: 'hello', tags: ['a'] }
    const seen: Post[] = []
    const post = world.verifier().guard('forum.post', { resource, run: (given: Post) => void seen.push(given) })
    const token = await world.mint({ action: action({ text: 'hello', tags: ['a'] }) })
    const running = post(args, { token })
    args.text = 'goodbye'
    args.tags?.push('b')
    await running
    expect(seen).toEqual([{ text: 'hello', tags: ['a'] }])
    expect(Object.isFrozen(seen[0]?.tags)).toBe(true)
  })

  test('cannot be changed by verify’s caller between digest and check', async () => {
    const world = await createWorld()
    const call = { name: ACTION.name, resource: ACTION.resource, arguments: { text: 'hello' } }
    const verifying = world.verifier().verify(await world.mint({ action: action({ text: 'goodbye' }) }), call)
    call.arguments.text = 'goodbye'
    expect(await codeOf(verifying)).toBe('action_mismatch')
  })

  test('may be called __proto__, and then are data', async () => {
    const world = await createWorld()
    const args: JsonObject = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toJSON":"x"}')
    const seen: object[] = []
    const post = world.verifier().guard('forum.post', { resource, run: (given: object) => void seen.push(given) })
    await post(args, { token: await world.mint({ action: action(args) }) })
    expect(JSON.stringify(seen[0])).toBe('{"__proto__":{"admin":true},"constructor":1,"toJSON":"x"}')
    expect(Object.getPrototypeOf(seen[0])).toBe(Object.prototype)
    const plain = world.mint({ action: action({ constructor: 1, toJSON: 'x' }) })
    expect(await codeOf(post(args, { token: await plain }))).toBe('action_mismatch')
  })

  test.each([
    ['undefined', { text: undefined }],
    ['a date', { at: new Date(0) }],
    ['not a number', { n: Number.NaN }],
    ['too large an integer', { n: 2 ** 53 }],
    ['a half surrogate', { text: '\udc00' }],
    ['a bigint', { n: 1n }],
    ['a hole', { list: new Array(1) }],
  ])('cannot hold %s', async (_what, args) => {
    const world = await createWorld()
    const run = vi.fn()
    const post = world.verifier().guard<object, void>('forum.post', { resource, run })
    expect(await codeOf(post(args, { token: await world.mint() }))).toBe('invalid_request')
    expect(run).not.toHaveBeenCalled()
  })
})

describe('the outcome', () => {
  const mintFor = async (world: Awaited<ReturnType<typeof createWorld>>) => await world.mint({ action: action({}) })

  test('is reported with the resulting change, and the result returned', async () => {
    const world = await createWorld()
    const result = { changes: [{ label: 'text', before: null, after: 'hello' }] }
    const post = world.verifier().guard('forum.post', { resource, run: () => 17, result: () => result })
    expect(await post({}, { token: await mintFor(world) })).toBe(17)
    expect(world.reports.map(({ body }) => body)).toEqual([{ use: 1, outcome: 'succeeded', result }])
  })

  test('of a failure is reported without the words of the error, which is thrown on', async () => {
    const world = await createWorld()
    const post = world.verifier().guard('forum.post', {
      resource,
      run: () => {
        throw new RangeError('password hunter2')
      },
    })
    await expect(post({}, { token: await mintFor(world) })).rejects.toThrow('hunter2')
    expect(world.reports.map(({ body }) => body)).toEqual([{ use: 1, outcome: 'failed', detail: 'RangeError' }])
  })

  test('that nobody knows is reported as such, also where the call was stopped', async () => {
    const world = await createWorld()
    const verifier = world.verifier()
    const lost = verifier.guard('forum.post', {
      resource,
      run: () => {
        for (const call of verifier.inFlight) call.abort(new ApprovalError('killed'))
        throw new OutcomeUnknown('It timed out')
      },
    })
    expect(await codeOf(lost({}, { token: await mintFor(world) }))).toBe('killed')
    expect(world.reports.map(({ body }) => body)).toEqual([{ use: 1, outcome: 'indeterminate', detail: 'killed' }])
  })

  test('of an action that did not begin is aborted', async () => {
    const world = await createWorld()
    const post = world.verifier().guard('forum.post', {
      resource,
      run: () => {
        throw new NotExecuted('Nobody answers')
      },
    })
    await expect(post({}, { token: await mintFor(world) })).rejects.toThrow('Nobody answers')
    expect(world.reports.map(({ body }) => body)).toEqual([{ use: 1, outcome: 'aborted', detail: 'NotExecuted' }])
  })

  test('that cannot be described in full, or delivered, changes nothing, and is told to onError', async () => {
    const world = await createWorld()
    const errors: unknown[] = []
    const verifier = world.verifier({ onError: (error) => void errors.push(error) })
    const bad = verifier.guard('forum.post', {
      resource,
      run: () => 1,
      result: () => ({ changes: [], secret: 1 }) as never,
    })
    expect(await bad({}, { token: await mintFor(world) })).toBe(1)
    expect(errors).toHaveLength(1)
    expect(world.reports).toHaveLength(1)
    const refused = await world.mint({ action: action({}), edits: { jti: 'AAECAwQFBgcICQoLDA0ODw' } })
    world.replies.set(`POST ${ISSUER}/redemptions/AAECAwQFBgcICQoLDA0ODw/outcome`, () => ({
      status: 409,
      body: '{"code":"token_redeemed"}',
    }))
    const good = verifier.guard('forum.post', { resource, run: () => 2 })
    expect(await good({}, { token: refused })).toBe(2)
    await verifier.settled()
    expect(errors).toHaveLength(2)
  })

  const summary = expect.stringMatching(/cannot be shown/)
  test.each<[string, () => unknown]>([
    ['is larger than 64 KiB', () => ({ changes: [{ label: 'text', before: null, after: 'x'.repeat(70_000) }] })],
    ['has half a surrogate pair', () => ({ changes: [{ label: 'text', before: null, after: '\ud83d' }] })],
    ['has too many changes', () => ({ changes: Array(201).fill({ label: 'x', before: null, after: null }) })],
    ['has a label that is empty', () => ({ changes: [{ label: '', before: null, after: null }] })],
    ['is not a preview', () => 'done'],
    [
      'cannot be made',
      () => {
        throw new Error('no result')
      },
    ],
    ['cannot be made, later', () => Promise.reject(new Error('no result'))],
  ])('is reported with a sentence in place of a result that %s', async (_what, result) => {
    const world = await createWorld()
    const onError = vi.fn()
    const options = { resource, run: () => 1, result: result as () => never }
    const post = world.verifier({ onError }).guard('forum.post', options)
    expect(await post({}, { token: await mintFor(world) })).toBe(1)
    expect(world.reports.map(({ body }) => body)).toEqual([
      { use: 1, outcome: 'succeeded', result: { summary, changes: [] } },
    ])
    expect(onError).toHaveBeenCalledOnce()
  })

  test('of a failure is reported whatever its progress and its name are', async () => {
    for (const name of ['\udc00', 'x'.repeat(3000), '', 17 as never]) {
      const world = await createWorld()
      const post = world.verifier().guard('forum.post', {
        resource,
        run: (_args, { progress }) => {
          progress({ changes: [{ label: 'text', before: null, after: 'x'.repeat(70_000) }] })
          throw Object.assign(new Error('fails'), { name })
        },
      })
      await expect(post({}, { token: await mintFor(world) })).rejects.toThrow('fails')
      const [report] = world.reports
      expect(report?.body).toEqual({
        use: 1,
        outcome: 'failed',
        result: { summary, changes: [] },
        detail: expect.anything(),
      })
      expect(JSON.stringify(report?.body).length).toBeLessThan(500)
    }
  })

  test('is reported again after an interruption', async () => {
    const world = await createWorld()
    const verifier = world.verifier()
    const path = `POST ${ISSUER}/redemptions/AAECAwQFBgcICQoLDA0ODw/outcome`
    world.replies.set(path, () => undefined)
    const token = await world.mint({ action: action({}), edits: { jti: 'AAECAwQFBgcICQoLDA0ODw' } })
    await verifier.guard('forum.post', { resource, run: () => 1 })({}, { token })
    expect(world.reports).toHaveLength(0)
    world.replies.delete(path)
    await verifier.settled()
    expect(world.reports).toHaveLength(1)
  })

  test('of an aborted call says so', async () => {
    const world = await createWorld()
    const verifier = world.verifier()
    const post = verifier.guard('forum.post', {
      resource,
      run: (_args: object, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    const running = post({}, { token: await mintFor(world) })
    await waitFor(() => expect(verifier.inFlight.size).toBe(1))
    for (const call of verifier.inFlight) {
      expect(call.approval.agent).toBe('some-agent')
      call.abort(new ApprovalError('killed'))
    }
    expect(await codeOf(running)).toBe('killed')
    expect(verifier.inFlight.size).toBe(0)
    expect(world.reports[0]?.body['outcome']).toBe('aborted')
  })

  test('is nobody’s business without redemption', async () => {
    const world = await createWorld()
    const verifier = world.verifier({ redemption: withoutRedemption })
    await verifier.guard('forum.post', { resource, run: () => 1 })({}, { token: await mintFor(world) })
    expect(world.reports).toEqual([])
    expect(world.requests.some((line) => line.startsWith('POST'))).toBe(false)
  })
})

test('a guard may let a policy allow where approvers are pinned', async () => {
  const world = await createWorld()
  const verifier = world.verifier({ approvers: world.approvers })
  const token = await world.mint({ action: action({}) })
  expect(await codeOf(verifier.guard('forum.post', { resource, run: () => 1 })({}, { token }))).toBe('consent_missing')
  expect(await verifier.guard('forum.post', { resource, run: () => 1, policyMayAllow: true })({}, { token })).toBe(1)
})
