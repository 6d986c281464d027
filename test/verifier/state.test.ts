/** An approval that is bound to a state runs while that state is the same, and not after. */

import { challengeIn } from '@countersign/client'
import {
  ApprovalError,
  type CallOptions,
  type ChallengeKey,
  parseKeySet,
  type StateContext,
  stateDigest,
  withoutRedemption,
} from '@countersign/verifier'
import { parseChallenge } from '@countersign/verifier/authority'
import { approved as approvedExpress } from '@countersign/verifier/express'
import { approved } from '@countersign/verifier/fetch'
import { approved as approvedHono } from '@countersign/verifier/hono'
import express from 'express'
import { Hono } from 'hono'
import { afterAll, describe, expect, test, vi } from 'vitest'
import {
  ACTION,
  AUDIENCE,
  codeOf,
  createWorld,
  type Edits,
  ISSUER,
  type Mint,
  newSigningKey,
  publicKey,
  type World,
} from './world.ts'

const executorKey = await newSigningKey()
const challengeKey = { ...executorKey.privateJwk, kid: executorKey.kid, alg: executorKey.alg } as ChallengeKey
const executorKeys = await parseKeySet({ keys: [JSON.parse(JSON.stringify(publicKey(executorKey)))] })

const context: StateContext = { audience: AUDIENCE, resource: ACTION.resource, salt: ACTION.salt }
const resource = () => ACTION.resource
const args = ACTION.arguments

/** A token that people gave while the state was this one. */
const mintFor = async (world: World, state: string, more: Mint = {}) =>
  world.mint({
    by: [[world.ada]],
    ...more,
    edits: { 'authorization_details.0.state': await stateDigest(state, context) },
  })

/** Functions that name no state. */
const UNKNOWN: [string, () => string | Promise<string>][] = [
  [
    'throws',
    () => {
      throw new RangeError('disk')
    },
  ],
  ['rejects', () => Promise.reject(new RangeError('disk'))],
  ['rejects with nothing', () => Promise.reject()],
  ['never ends', () => new Promise<string>(() => {})],
  ...[
    '',
    'x'.repeat(1025),
    'é'.repeat(513),
    '\ud83d',
    `${'x'.repeat(1022)}\udc4b`,
    undefined,
    null,
    7,
    ['v1'],
    { toString: () => 'v1' },
  ].map((state): [string, () => string] => [`returns ${JSON.stringify(state)?.slice(0, 20)}`, () => state as string]),
]

const refusal = async (running: Promise<unknown>): Promise<ApprovalError> => {
  const error = await running.catch((reason: unknown) => reason)
  if (!(error instanceof ApprovalError)) throw new Error('it was not refused')
  return error
}

const opened = (jws: string | undefined, now: number) =>
  parseChallenge(jws ?? '', { resolveKey: async (kid) => executorKeys.get(kid), audience: ISSUER, now })

/** A forum whose thread can be edited while an approval waits. */
async function forum(more: Parameters<World['verifier']>[0] = {}) {
  const world = await createWorld()
  const thread = { version: 'v1', text: 'first' }
  const run = vi.fn((_args: unknown, { state }: { readonly state?: string | undefined }) => state)
  const definition = {
    resource,
    run,
    state: vi.fn(async (): Promise<string> => thread.version),
    preview: () => ({ changes: [{ label: 'thread', before: thread.text, after: 'mine' }] }),
  }
  /** What happens just before the authority is asked for a path. */
  const meanwhile = new Map<string, () => void>()
  const fetch: typeof world.fetch = (input, init) => {
    meanwhile.get(new URL(String(input)).pathname)?.()
    return world.fetch(input, init)
  }
  const post = world.verifier({ challengeKey, fetch, ...more }).guard('forum.post', definition)
  return { world, thread, meanwhile, run, definition, post: (options?: CallOptions) => post(args, options) }
}

describe('a call without a token', () => {
  test('is answered with a challenge that holds the digest of the state, and never the state', async () => {
    const { world, post } = await forum()
    const { challenge } = await refusal(post())
    const { action, state, preview } = await opened(challenge, world.now)
    expect(state).toBe(await stateDigest('v1', { ...context, salt: action.salt }))
    expect(preview?.changes[0]?.before).toBe('first')
    expect(Buffer.from(challenge?.split('.')[1] ?? '', 'base64url').toString()).not.toContain('"v1"')
  })

  test('has the state of before its preview: a change in between is found later', async () => {
    const { world, thread, definition } = await forum()
    const edited = () => {
      thread.version = 'v2'
      return definition.preview()
    }
    const slow = { ...definition, preview: edited }
    const { challenge } = await refusal(world.verifier({ challengeKey }).guard('forum.post', slow)(args))
    const { action, state } = await opened(challenge, world.now)
    expect(state).toBe(await stateDigest('v1', { ...context, salt: action.salt }))
  })

  test.each(UNKNOWN)('is refused, and the executor told, where its function %s', async (_what, state) => {
    const world = await createWorld()
    const onError = vi.fn()
    const definition = { resource, run: () => 1, state }
    const post = world.verifier({ challengeKey, onError, timeoutMs: 50 }).guard('forum.post', definition)
    const error = await refusal(post(args))
    expect([error.code, error.status, error.challenge]).toEqual(['state_unknown', 503, undefined])
    expect(onError).toHaveBeenCalledOnce()
  })
})

describe('an approved call', () => {
  test('runs while the state is the same, and is told the state', async () => {
    const { world, run, post, definition } = await forum()
    expect(await post({ token: await mintFor(world, 'v1') })).toBe('v1')
    expect(run).toHaveBeenCalledOnce()
    expect(definition.state).toHaveBeenCalledOnce()
    expect(world.refusals).toEqual([])
  })

  test('is refused when the state has changed: nothing runs, nothing is spent, and the next challenge comes with it', async () => {
    const { world, thread, run, post } = await forum()
    const token = await mintFor(world, 'v1')
    Object.assign(thread, { version: 'v2', text: 'edited' })
    const error = await refusal(post({ token }))
    expect([error.code, error.status]).toEqual(['state_changed', 409])
    expect(run).not.toHaveBeenCalled()
    expect(world.spent.size).toBe(0)
    const { action, state, preview } = await opened(error.challenge, world.now)
    expect(state).toBe(await stateDigest('v2', { ...context, salt: action.salt }))
    expect(preview?.changes[0]?.before).toBe('edited')
    // The token is as good as before, and so is the thread when it is.
    Object.assign(thread, { version: 'v1' })
    expect(await post({ token })).toBe('v1')
  })

  test('that is refused so is reported to the authority, once a token', async () => {
    const { world, thread, post } = await forum()
    const token = await mintFor(world, 'v1', { consentLife: 400 })
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    thread.version = 'v2'
    for (let time = 0; time < 3; time++) expect(await codeOf(post({ token }))).toBe('state_changed')
    const { jti, approval } = claims
    expect(world.refusals).toEqual([{ code: 'state_changed', name: 'forum.post', jti, request: approval.request }])
    expect(await codeOf(post({ token: await mintFor(world, 'v1') }))).toBe('state_changed')
    expect(world.refusals).toHaveLength(2)
  })

  test('is refused so also where the report cannot be delivered, or nothing is redeemed', async () => {
    const onError = vi.fn()
    const { world, thread, post } = await forum({ onError })
    world.replies.set(`POST ${ISSUER}/refusals`, () => ({ status: 403, body: '{"code":"forbidden"}' }))
    thread.version = 'v2'
    expect((await refusal(post({ token: await mintFor(world, 'v1') }))).challenge).toBeDefined()
    await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce())
    const offline = await forum({ redemption: withoutRedemption })
    offline.thread.version = 'v2'
    expect(await codeOf(offline.post({ token: await mintFor(offline.world, 'v1') }))).toBe('state_changed')
    expect(offline.world.requests.filter((line) => line.startsWith('POST'))).toEqual([])
  })

  test('is refused without a challenge where none can be made', async () => {
    const { world, thread, post } = await forum()
    thread.version = 'v2'
    expect(await refusal(post({ token: await mintFor(world, 'v1'), acceptsChallenge: false }))).not.toHaveProperty(
      'challenge',
    )
    const gone = await forum({ onError: () => {} })
    gone.thread.version = 'v2'
    Object.assign(gone.definition, { preview: () => Promise.reject(new Error('gone')) })
    const token = await mintFor(gone.world, 'v1')
    const error = await refusal(
      gone.world.verifier({ challengeKey }).guard('forum.post', gone.definition)(args, { token }),
    )
    expect(error.code).toBe('state_changed')
    expect(error).not.toHaveProperty('challenge')
  })

  test('is refused with a token without any state: this executor’s challenge did not lead to it', async () => {
    const { world, run, post } = await forum()
    for (const token of [await world.mint({ by: [[world.ada]] }), await world.mint()]) {
      const error = await refusal(post({ token }))
      expect(error.code).toBe('state_changed')
      expect(error.challenge).toBeDefined()
    }
    expect(run).not.toHaveBeenCalled()
    expect(world.spent.size).toBe(0)
  })

  test('does not even look while anything else is wrong with the token', async () => {
    const { world, post, definition } = await forum()
    const wrong = await mintFor(world, 'v1', { tampered: { 'approval.consents.0.nonce': 'A'.repeat(43) } })
    expect(await codeOf(post({ token: wrong }))).toBe('consent_invalid')
    expect(definition.state).not.toHaveBeenCalled()
  })

  test.each(UNKNOWN)('spends nothing, and is a fact, where the function %s', async (_what, find) => {
    const { world, run, definition, post } = await forum({ timeoutMs: 50 })
    const token = await mintFor(world, 'v1')
    definition.state.mockImplementationOnce(async () => find())
    const error = await refusal(post({ token }))
    expect([error.code, error.challenge]).toEqual(['state_unknown', undefined])
    expect([run.mock.calls.length, world.spent.size]).toEqual([0, 0])
    expect(world.refusals).toMatchObject([{ code: 'state_unknown', name: 'forum.post' }])
    expect(await post({ token })).toBe('v1')
  })

  test('is refused when the state changes while the token is being verified', async () => {
    for (const path of ['/.well-known/jwks.json', '/.well-known/approvers.json', '/status/0']) {
      const { world, thread, meanwhile, run, post } = await forum()
      const token = await mintFor(world, 'v1')
      meanwhile.set(path, () => Object.assign(thread, { version: 'v2' }))
      expect(await codeOf(post({ token })), path).toBe('state_changed')
      expect([run.mock.calls.length, world.spent.size]).toEqual([0, 0])
    }
  })

  test('is told the state, for a write that holds only while it is the same, when that changes during redemption', async () => {
    const { world, thread, meanwhile, run, post } = await forum()
    const token = await mintFor(world, 'v1')
    meanwhile.set('/redemptions', () => Object.assign(thread, { version: 'v2' }))
    run.mockImplementationOnce((_args, { state }) => {
      if (state !== thread.version) throw new Error('412')
      return state
    })
    await expect(post({ token })).rejects.toThrow('412')
    expect(world.reports).toMatchObject([{ body: { outcome: 'failed' } }])
  })

  const foreign = async (more: Partial<StateContext>) => ({ state: await stateDigest('v1', { ...context, ...more }) })

  test.each<[string, Edits | Promise<Edits>, string]>([
    ['the state removed', { state: undefined }, 'state_changed'],
    ['the state of another executor', foreign({ audience: 'https://other.example' }), 'consent_invalid'],
    ['the state of another resource', foreign({ resource: 'forum:eng/threads/43' }), 'consent_invalid'],
    ['another salt in the state', foreign({ salt: 'BAECAwQFBgcICQoLDA0ODw' }), 'consent_invalid'],
    ['the state by value', { state: 'v1' }, 'token_malformed'],
    ['no state but null', { state: null }, 'token_malformed'],
    ['the salt withheld', { salt: undefined }, 'token_malformed'],
    ['another salt', { salt: 'BAECAwQFBgcICQoLDA0ODw' }, 'action_mismatch'],
  ])('is refused with %s, though the authority’s key signed it', async (_what, edits, code) => {
    const { world, run, post } = await forum()
    const tampered = Object.fromEntries(
      Object.entries(await edits).map(([name, value]) => [`authorization_details.0.${name}`, value]),
    )
    expect(await codeOf(post({ token: await mintFor(world, 'v1', { tampered }) }))).toBe(code)
    expect([run.mock.calls.length, world.spent.size]).toEqual([0, 0])
  })

  test('is refused with the state of another executor, resource or salt, though a person signed it', async () => {
    const { world, run, post } = await forum()
    const others = [
      { audience: 'https://other.example' },
      { resource: 'forum:eng/threads/43' },
      { salt: 'BAECAwQFBgcICQoLDA0ODw' },
    ]
    for (const other of others) {
      const edits = { 'authorization_details.0.state': (await foreign(other)).state }
      expect(await codeOf(post({ token: await world.mint({ by: [[world.ada]], edits }) }))).toBe('state_changed')
    }
    expect([run.mock.calls.length, world.spent.size]).toEqual([0, 0])
  })

  test('is refused with a state in the token that no person signed', async () => {
    const { world, thread, run, post } = await forum()
    thread.version = 'v2'
    const tampered = { 'authorization_details.0.state': await stateDigest('v2', context) }
    for (const signedFor of [
      await mintFor(world, 'v1', { tampered }),
      await world.mint({ by: [[world.ada]], tampered }),
    ]) {
      expect(await codeOf(post({ token: signedFor }))).toBe('consent_invalid')
    }
    // Nor without it, at an executor that does not look.
    const stripped = await mintFor(world, 'v1', { tampered: { 'authorization_details.0.state': undefined } })
    expect(await codeOf(world.verifier().verify(stripped, ACTION))).toBe('consent_invalid')
    expect([run.mock.calls.length, world.spent.size]).toEqual([0, 0])
  })
})

describe('verify', () => {
  test.each<[string, string | undefined, unknown, string]>([
    ['no state of a token with one', 'v1', undefined, 'state_changed'],
    ['a state of a token without one', undefined, 'v1', 'state_changed'],
    ['another state', 'v1', 'v2', 'state_changed'],
    ['another state from a function', 'v1', () => 'v2', 'state_changed'],
    ['another state from a promise', 'v1', async () => 'v2', 'state_changed'],
    ['null', 'v1', null, 'state_unknown'],
    ['nothing from a function', 'v1', () => undefined, 'state_unknown'],
    ['the state', 'v1', 'v1', 'accepted'],
    ['the state from a function', 'v1', async () => 'v1', 'accepted'],
  ])('that is given %s', async (_what, bound, state, code) => {
    const world = await createWorld()
    const token = bound ? await mintFor(world, bound) : await world.mint({ by: [[world.ada]] })
    expect(await codeOf(world.verifier().verify(token, ACTION, { state: state as string }))).toBe(code)
    expect(world.spent.size).toBe(code === 'accepted' ? 1 : 0)
  })
})

describe('over HTTP', () => {
  const servers: import('node:http').Server[] = []
  afterAll(() => servers.forEach((server) => void server.close()))

  const doors = {
    async fetch(world: World, definition: Awaited<ReturnType<typeof forum>>['definition']) {
      const serve = approved(world.verifier({ challengeKey }), 'forum.post', definition)
      return (init: RequestInit) => serve(new Request('https://forum.example/', init))
    },
    async hono(world: World, definition: Awaited<ReturnType<typeof forum>>['definition']) {
      const app = new Hono().post('/', approvedHono(world.verifier({ challengeKey }), 'forum.post', definition))
      return async (init: RequestInit) => app.request('/', init)
    },
    async express(world: World, definition: Awaited<ReturnType<typeof forum>>['definition']) {
      const app = express().post('/', approvedExpress(world.verifier({ challengeKey }), 'forum.post', definition))
      const server = app.listen(0)
      servers.push(server)
      const { port } = server.address() as { readonly port: number }
      return async (init: RequestInit) =>
        fetch(`http://localhost:${port}/`, { ...init, headers: { ...init.headers, connection: 'close' } })
    },
  }

  test.each(Object.entries(doors))('%s answers 409 with the challenge, in header or body', async (_name, open) => {
    for (const text of ['edited', 'x'.repeat(5000)]) {
      const { world, thread, run, definition } = await forum()
      const call = await open(world, definition)
      const token = await mintFor(world, 'v1')
      Object.assign(thread, { version: 'v2', text })
      const headers = { 'approval-token': token, 'accept-txn-challenge': '?1' }
      const answer = await call({ method: 'POST', headers, body: JSON.stringify(args) })
      expect(answer.status).toBe(409)
      const next = await opened(await challengeIn(answer), world.now)
      expect(next.preview?.changes[0]?.before).toBe(text)
      expect(await answer.json()).toMatchObject({
        code: 'state_changed',
        detail: expect.stringContaining('new approval'),
      })
      expect(run).not.toHaveBeenCalled()
    }
  })

  test.each(Object.entries(doors))('%s answers 503 where the state cannot be told', async (_name, open) => {
    const { world, run, definition } = await forum()
    const call = await open(world, definition)
    for (const token of [undefined, await mintFor(world, 'v1')]) {
      definition.state.mockRejectedValueOnce(new Error('the disk of 10.0.0.7'))
      const headers = { 'accept-txn-challenge': '?1', ...(token && { 'approval-token': token }) }
      const answer = await call({ method: 'POST', headers, body: JSON.stringify(args) })
      expect(answer.status).toBe(503)
      const text = await answer.text()
      expect(JSON.parse(text)).toMatchObject({ code: 'state_unknown', detail: expect.stringContaining('Retry') })
      expect(text).not.toContain('disk')
    }
    expect(run).not.toHaveBeenCalled()
  })
})
