/** What is destroyed for good needs its name typed: the authority checks it too, whoever sends the signature. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { type Cast, startCast, storyOf } from './cast.ts'
import { challengeOf, wire } from './passkey-json.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const RESOURCE = 'forum:eng/threads/42'
const open = async (name: string) => {
  const action = postAction('x', { name, resource: RESOURCE, arguments: { thread: 42 } })
  return mustSucceed(await cast.agent.call('openRequest', { body: { audience: FORUM, action } }))
}
const sign = async (id: string) => {
  const offer = mustSucceed(await cast.ben.page.call('offerConsent', { params: { id } }))
  return {
    target: offer.target,
    assertion: wire(await cast.ben.authenticator.assert({ challenge: challengeOf(offer.options) })),
  }
}

describe('a consent to what is destroyed for good', () => {
  it.each([undefined, '', 'forum:eng/threads/43', 'Forum:eng/threads/42', 'x'.repeat(512)])(
    'is refused with %j as the name, uses up nothing, and is in the ledger',
    async (target) => {
      const { id, trace } = await open('forum.delete')
      const { assertion, target: asked } = await sign(id)
      expect(asked).toBe(RESOURCE)
      const refused = await cast.ben.page.call('consent', { params: { id }, body: { assertion, target } })
      expect(refused).toMatchObject({
        problem: { code: 'consent_invalid', detail: expect.stringContaining('Type the name') },
      })
      expect(await storyOf(cast.authority, trace)).toContain('token.refused')
      const body = { assertion, target: ` ${RESOURCE}\n` }
      // The second of two people is still to consent.
      expect(mustSucceed(await cast.ben.page.call('consent', { params: { id }, body }))).toMatchObject({ consents: 1 })
    },
  )

  it('is asked for nothing where it can be undone', async () => {
    const { id } = await open('forum.post')
    const { assertion, target } = await sign(id)
    expect(target).toBeNull()
    expect(mustSucceed(await cast.ben.page.call('consent', { params: { id }, body: { assertion } })).state).toBe(
      'approved',
    )
  })
})
