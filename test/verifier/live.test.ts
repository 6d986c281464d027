/** What a verifier makes of the stream: how old its news is, what stands, what is cut off, and when it begins anew. */
import { ApprovalError, withoutRedemption } from '@countersign/verifier'
import { live } from '@countersign/verifier/live'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { waitFor } from '../setup/wait-for.ts'
import { ACTION, AUDIENCE, codeOf, createWorld, ISSUER, type World } from './world.ts'

const EVENTS = `${ISSUER}/executor/events`
const ID = 'AAECAwQFBgcICQoLDA0ODw'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** A verifier on a stream that says what the test says, on a clock that the test moves. */
async function createGround(staleAfterSeconds = 5) {
  const world = await createWorld()
  const streams: { say: (name: string, data: object, id?: number) => void; end: () => void; headers: Headers }[] = []
  const confirmed: unknown[] = []
  const errors: unknown[] = []
  const clock = { steady: 1000 }
  const following = live({ random: () => 0 })
  closing.push(following.close)
  const fetch: World['fetch'] = async (input, init) => {
    if (String(input) === `${ISSUER}/executor/confirmations`) {
      confirmed.push(JSON.parse(String(init?.body)))
      return new Response('{}', { status: 201 })
    }
    return String(input) === EVENTS ? open(init) : world.fetch(input, init)
  }
  const open = (init: RequestInit = {}) => {
    const encoder = new TextEncoder()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        init.signal?.addEventListener('abort', () => controller.error(init.signal?.reason))
        streams.push({
          headers: new Headers(init.headers),
          say: (name, data, id) =>
            controller.enqueue(
              encoder.encode(`event: ${name}\n${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(data)}\n\n`),
            ),
          end: () => controller.close(),
        })
      },
    })
    return new Response(body)
  }
  const verifier = world.verifier({
    fetch,
    live: following,
    staleAfterSeconds,
    redemption: withoutRedemption,
    steady: () => clock.steady,
    onError: (error) => void errors.push(error),
  })
  const stream = async (at = 0) => {
    await waitFor(() => expect(streams.length).toBeGreaterThan(at))
    return streams[at] ?? expect.fail()
  }
  /** Both clocks, of which only what lies between two readings matters. */
  const pass = (seconds: number) => {
    clock.steady += seconds
    world.now += seconds
  }
  const verdict = async () => codeOf(verifier.verify(await world.mint({ edits: whole(world.now) }), ACTION))
  return { world, verifier, following, stream, streams, confirmed, errors, pass, verdict, clock }
}

/** Opens a stream with the list, and a heartbeat of a reading so many milliseconds later. */
async function begin({ stream, world, following }: Awaited<ReturnType<typeof createGround>>, at = 0) {
  const one = await stream(at)
  one.say('opened', { up_ms: 500, connection: 'c' })
  one.say('status', { uri: world.statusUri, token: await world.statusList() })
  one.say('heartbeat', { up_ms: 501 }, 1000)
  await waitFor(() => expect(following.ageSeconds()).toBeLessThan(5))
  return one
}

const whole = (now: number) => ({ iat: Math.floor(now) - 4, exp: Math.floor(now) + 100 })

describe('news', () => {
  it('keeps lists young without asking for any, for as long as it comes', async () => {
    const ground = await createGround()
    const one = await begin(ground)
    for (let second = 1; second <= 20; second++) {
      ground.pass(1)
      one.say('heartbeat', { up_ms: 501 + second * 1000 })
      await waitFor(() => expect(ground.following.ageSeconds()).toBeLessThan(0.5))
    }
    expect(await ground.verdict()).toBe('accepted')
    expect(ground.world.requests.filter((line) => line.includes('/status/'))).toEqual([])
  })

  it('is as old as the authority’s steady clock says, however late it arrives', async () => {
    const ground = await createGround()
    const one = await begin(ground)
    ground.world.replies.set(`GET ${ground.world.statusUri}`, () => undefined)
    ground.pass(4)
    one.say('heartbeat', { up_ms: 2501 })
    await waitFor(() => expect(ground.following.ageSeconds()).toBeCloseTo(2, 2))
    ground.pass(2.9)
    expect(await ground.verdict()).toBe('accepted')
    ground.pass(0.2)
    expect(await ground.verdict()).toBe('status_stale')
  })

  it('that is too old ends the connection, and makes nothing young', async () => {
    const ground = await createGround()
    const one = await begin(ground)
    ground.pass(6)
    one.say('heartbeat', { up_ms: 502 })
    await ground.stream(1)
    expect(ground.following.ageSeconds()).toBeGreaterThan(5)
    expect(String(ground.errors[0])).toContain('the age of the news')
  })

  it('cannot be younger than now, whatever a heartbeat claims', async () => {
    const ground = await createGround()
    const one = await begin(ground)
    ground.pass(1)
    one.say('heartbeat', { up_ms: 3_600_000 })
    await waitFor(() => expect(ground.following.ageSeconds()).toBe(0))
    ground.world.replies.set(`GET ${ground.world.statusUri}`, () => undefined)
    ground.pass(5.1)
    expect(await ground.verdict()).toBe('status_stale')
  })

  it.each([
    ['a heartbeat before anything', 'heartbeat', { up_ms: 1 }],
    ['a list that nobody signed', 'status', { uri: `${ISSUER}/status/0`, token: 'a.b.c' }],
    ['a selector of another kind', 'killswitch', { id: 'k', selector: { colour: 'red' }, standing: true }],
    ['a stop without a time', 'stop', { id: 1, code: 'killed', selector: {} }],
  ])('is not taken from a stream with %s', async (_what, name, data) => {
    const ground = await createGround()
    const one = await ground.stream()
    if (name !== 'heartbeat') one.say('opened', { up_ms: 500, connection: 'c' })
    one.say(name, data)
    one.say('heartbeat', { up_ms: 501 })
    await ground.stream(1)
    expect(ground.following.ageSeconds()).toBe(Infinity)
    expect(ground.errors).toHaveLength(1)
  })
})

describe('a kill switch', () => {
  it('refuses what it selects until it is released', async () => {
    const ground = await createGround()
    const one = await begin(ground)
    one.say('killswitch', { id: 'k', selector: { agent: 'some-agent', action: 'forum.*' }, standing: true })
    await expect.poll(ground.verdict).toBe('killed')
    one.say('killswitch', { id: 'k', standing: false })
    await expect.poll(ground.verdict).toBe('accepted')
    one.say('killswitch', { id: 'l', selector: { agent: 'other-agent' }, standing: true })
    one.say('heartbeat', { up_ms: 502 })
    expect(await ground.verdict()).toBe('accepted')
  })

  it('stands while the stream is away, and no longer once the next one does not name it', async () => {
    const ground = await createGround()
    const one = await begin(ground)
    one.say('killswitch', { id: 'k', selector: {}, standing: true })
    await expect.poll(ground.verdict).toBe('killed')
    one.end()
    const two = await ground.stream(1)
    expect(two.headers.get('last-event-id')).toBe('1000')
    expect(await ground.verdict()).toBe('killed')
    two.say('opened', { up_ms: 9, connection: 'd' })
    two.say('heartbeat', { up_ms: 10 })
    await expect.poll(ground.verdict).toBe('accepted')
  })
})

describe('a stop', () => {
  const stop = (more: object = {}) => ({ id: 7, code: 'killed', selector: { executor: AUDIENCE }, ...more })

  async function calling(ground: Awaited<ReturnType<typeof createGround>>) {
    const begun = vi.fn()
    const post = ground.verifier.guard('forum.post', {
      resource: () => ACTION.resource,
      run: (_args: object, { signal }) =>
        new Promise((_resolve, reject) => {
          begun()
          signal.addEventListener('abort', () => reject(new Error('its own words')))
        }),
    })
    const token = await ground.world.mint()
    const ended = codeOf(post(ACTION.arguments, { token }))
    return { ended, begun }
  }

  it('cuts a matching call off, says why, and confirms once', async () => {
    const ground = await createGround()
    const one = await begin(ground)
    const { ended } = await calling(ground)
    await waitFor(() => expect(ground.verifier.inFlight.size).toBe(1))
    one.say('stop', stop({ at: ground.world.now }))
    one.say('stop', stop({ at: ground.world.now }))
    expect(await ended).toBe('killed')
    await waitFor(() => expect(ground.confirmed).toEqual([{ stop: 7, aborted: 1, connection: 'c' }]))
  })

  it('cuts a matching call off although another one came under its number', async () => {
    const ground = await createGround()
    const one = await begin(ground)
    const { ended } = await calling(ground)
    await waitFor(() => expect(ground.verifier.inFlight.size).toBe(1))
    one.say('stop', stop({ at: ground.world.now, selector: { agent: 'nobody' } }))
    await waitFor(() => expect(ground.confirmed).toHaveLength(1))
    one.say('stop', stop({ at: ground.world.now }))
    expect(await ended).toBe('killed')
  })

  it.each([
    ['of tokens issued before it', { at: 1_799_999_999 }],
    ['of another token', { at: 1_800_000_000, selector: { jti: ID } }],
    ['of another passkey', { at: 1_800_000_000, selector: { key: 'A'.repeat(43) } }],
    ['of another principal', { at: 1_800_000_000, selector: { principal: 'person-ada' } }],
  ])('leaves others alone: %s', async (_what, more) => {
    const ground = await createGround()
    const one = await begin(ground)
    const { begun } = await calling(ground)
    await waitFor(() => expect(begun).toHaveBeenCalled())
    one.say('stop', stop(more))
    await waitFor(() => expect(ground.confirmed).toEqual([{ stop: 7, aborted: 0, connection: 'c' }]))
    expect(ground.verifier.inFlight.size).toBe(1)
    for (const call of ground.verifier.inFlight) call.abort(new ApprovalError('killed'))
  })

  it('keeps a call from beginning whose token it meets later', async () => {
    const ground = await createGround()
    const one = await begin(ground)
    one.say('stop', stop({ at: ground.world.now, code: 'token_revoked' }))
    await waitFor(() => expect(ground.confirmed).toHaveLength(1))
    const { ended, begun } = await calling(ground)
    expect(await ended).toBe('token_revoked')
    expect(begun).not.toHaveBeenCalled()
  })

  it('that was over before this process listened is not confirmed', async () => {
    const ground = await createGround()
    const one = await ground.stream()
    one.say('opened', { up_ms: 500, connection: 'c' })
    one.say('stop', stop({ at: 1 }))
    one.say('killswitch', { id: 'k', selector: { agent: 'a' }, standing: true })
    one.say('stop', stop({ id: 8, at: 1, killswitch: 'k' }))
    one.say('heartbeat', { up_ms: 501 })
    await waitFor(() => expect(ground.confirmed).toEqual([{ stop: 8, aborted: 0, connection: 'c' }]))
  })
})

it('serves one verifier, which has a credential', async () => {
  const world = await createWorld()
  const following = live()
  closing.push(following.close)
  const noCredential = { credential: '', redemption: withoutRedemption, live: live() } as const
  expect(() => world.verifier(noCredential)).toThrow(TypeError)
  world.verifier({ live: following })
  expect(() => world.verifier({ live: following })).toThrow(TypeError)
})
