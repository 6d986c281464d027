/** The stream and the verifier that follows it, over real sockets: what is stopped is refused, and cut off, and confirmed. */
import { ApprovalError, createVerifier, type VerifierOptions, withoutRedemption } from '@countersign/verifier'
import { type Live, live } from '@countersign/verifier/live'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, startCast } from '../http/cast.ts'
import { mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
  await cast.authority.listen()
})
afterAll(() => cast.authority.stop())

const open: Live[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

async function follow(more: Partial<VerifierOptions> = {}) {
  const following = live()
  open.push(following)
  const errors: unknown[] = []
  const { origin } = cast.authority.config
  const { audience, credential } = cast.forum
  const verifier = createVerifier({
    issuer: origin,
    audience,
    credential,
    live: following,
    onError: (error) => void errors.push(error),
    ...more,
  })
  await expect.poll(() => following.ageSeconds()).toBeLessThan(5)
  return { verifier, following, errors }
}

const engage = async (selector: object) =>
  mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body: { selector, reason: 'A test' } as never }))
const approved = async (text = 'Hello') => {
  const { token, action, jti, request } = await approvedToken(cast.agent, cast.ben, {
    arguments: { board: 'eng', thread: 42, text },
  })
  const { salt: _, ...call } = action
  return { token, call, jti, request }
}
const definition = { resource: () => 'forum:eng/threads/42' }
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error) => (error instanceof ApprovalError ? error.code : error),
  )

describe('a verifier that follows the stream', () => {
  it('asks for no list', async () => {
    const asked: string[] = []
    const { verifier, errors } = await follow({
      fetch: (input, init) => {
        asked.push(new URL(String(input)).pathname)
        return fetch(input, init)
      },
    })
    const { token, call } = await approved()
    expect(await codeOf(verifier.verify(token, call))).toBe('accepted')
    expect(asked).toContain('/executor/events')
    expect(asked.filter((path) => path.startsWith('/status'))).toEqual([])
    expect(errors).toEqual([])
  })

  it.each([{}, { redemption: withoutRedemption } as const])(
    'refuses what a kill switch selects, and nothing else (%o)',
    async (options) => {
      const { verifier } = await follow(options)
      const [first, second] = [await approved(), await approved()]
      await engage({ request: first.request.id })
      await expect.poll(() => codeOf(verifier.verify(first.token, first.call))).toBe('killed')
      expect(await codeOf(verifier.verify(second.token, second.call))).toBe('accepted')
    },
  )

  it('cuts off a call in flight, reports what was done, and confirms', async () => {
    const { verifier } = await follow()
    const { token, jti, request } = await approved('Hello')
    let removed = 0
    const remove = verifier.guard('forum.post', {
      ...definition,
      run: async (_args: object, { signal, progress }) => {
        while (removed < 1000) {
          signal.throwIfAborted()
          removed += 1
          progress({ summary: `${removed} of 1000 removed`, changes: [] })
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      },
    })
    const running = codeOf(remove({ board: 'eng', thread: 42, text: 'Hello' }, { token }))
    await waitFor(() => expect(removed).toBeGreaterThan(3))
    const engaged = await engage({ request: request.id })
    expect(await running).toBe('killed')
    expect(removed).toBeLessThan(1000)
    const story = mustSucceed(await cast.authority.operator.call('trace', { params: { trace: request.trace } })).entries
    expect(story.at(-1)).toMatchObject({ type: 'outcome.reported', outcome: 'aborted', jti })
    const view = async () =>
      mustSucceed(await cast.authority.operator.call('viewKillSwitch', { params: { id: engaged.id } })).confirmations
    await expect.poll(view).toMatchObject([{ executor: cast.forum.audience, aborted: 1 }])
  })
})
