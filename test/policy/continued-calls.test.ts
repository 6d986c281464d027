/** A later round of an approved call is an entry of its own: of a redeemed call that has not ended, and of nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, startCast, WIKI } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { FORUM, mustSucceed } from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const INPUTS = `sha-256:${'A'.repeat(43)}` as const

async function redeemed() {
  const { token, request, action } = await approvedToken(cast.agent, cast.ben)
  const { jti, use } = mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
  const round = (more: object = {}, args: object = action.arguments, agent = 'helpdesk-agent', audience = FORUM) =>
    (audience === FORUM ? cast.forum : cast.wiki).client.call('evaluateAccess', {
      body: {
        subject: { type: 'agent', id: agent },
        action: { name: action.name, properties: { ...args } },
        resource: { type: 'executor', id: action.resource, properties: { audience } },
        context: { continues: { jti, use, round: 1, inputs: INPUTS, ...more } },
      },
    })
  const story = async () =>
    mustSucceed(await cast.authority.operator.call('trace', { params: { trace: request.trace } })).entries
  return { jti, use, request, round, story }
}

const report = (jti: string, outcome: 'indeterminate' | 'succeeded') =>
  cast.forum.client.call('reportOutcome', { params: { jti }, body: { use: 1, outcome } })

describe('a later round of an approved call', () => {
  it('is entered on the trace of its request, although policy would ask people', async () => {
    const { jti, request, round, story } = await redeemed()
    mustSucceed(await report(jti, 'indeterminate'))
    const { decision, context } = mustSucceed(await round())
    expect(decision).toBe(true)
    expect(context).toMatchObject({ reason: 'allowed', call: { digest: request.digest, trace: request.trace } })
    mustSucceed(await round({ round: 2 }))
    const rounds = (await story()).filter(({ type }) => type === 'call.continued')
    expect(rounds).toMatchObject(
      [1, 2].map((at) => ({
        ...{ request: request.id, jti, use: 1, round: at, inputs: INPUTS, action: request.digest },
        ...{ agent: 'helpdesk-agent', executor: FORUM, name: 'forum.post' },
      })),
    )
  })

  it('is refused to others, for other calls, and once the outcome is known; nothing is entered', async () => {
    const { jti, round, story } = await redeemed()
    expectRefusal(await round({ jti: 'AAAAAAAAAAAAAAAAAAAAAA' }), 'not_found')
    expectRefusal(await round({ use: 2 }), 'not_found')
    expectRefusal(await round({}, undefined, 'other-agent'), 'not_found')
    expectRefusal(await round({}, undefined, undefined, WIKI), 'not_found')
    expectRefusal(await round({}, { board: 'eng', thread: 42, text: 'Other' }), 'action_mismatch')
    expectRefusal(await round({ round: 0 }), 'invalid_request')
    mustSucceed(await report(jti, 'succeeded'))
    expectRefusal(await round(), 'token_redeemed')
    expect((await story()).map(({ type }) => type)).not.toContain('call.continued')
  })

  it.each(['revokeRequest', 'revokeToken'] as const)('is refused after its revocation (%s)', async (by) => {
    const { jti, request, round } = await redeemed()
    const { operator } = cast.authority
    if (by === 'revokeRequest') mustSucceed(await operator.call(by, { params: { id: request.id } }))
    else mustSucceed(await operator.call(by, { params: { jti } }))
    expectRefusal(await round(), 'token_revoked')
  })

  it.each(['request', 'trace'] as const)('is refused under a kill switch by its %s', async (by) => {
    const { request, round } = await redeemed()
    const selector = by === 'request' ? { request: request.id } : { trace: request.trace }
    mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body: { selector, reason: 'A test' } }))
    expect(mustSucceed(await round())).toMatchObject({ decision: false, context: { reason: 'killed' } })
  })
})
