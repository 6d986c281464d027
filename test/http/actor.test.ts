/** A policy sends the token to another agent than the one that asked: bound to its key, and to nobody else. */
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { withBoards } from '../setup/policy.ts'
import { type Cast, startCast, verifierFor } from './cast.ts'
import { dpopKey } from './dpop.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast({
    withStore: withBoards({
      asked: '@approvers("approver") @actor("other-agent")',
      passed: '@actor("other-agent")',
      nobody: '@approvers("approver") @actor("unknown-agent")',
    }),
  })
})
afterAll(() => cast.authority.stop())

const ask = (board: string) => {
  const action = { ...postAction(), arguments: { board, text: 'Hello' } }
  return { action, opened: cast.agent.propose({ body: { audience: FORUM, action } }) }
}
const headersFor = async (key: Awaited<ReturnType<typeof dpopKey>>, id: string) => ({
  DPoP: await key.proof('POST', `${cast.authority.config.origin}/requests/${id}/token`),
})

describe.each(['asked', 'passed'])('a token for another actor (%s)', (board) => {
  it('is collected by the actor alone, with a key, and serves that key alone', async () => {
    const { action, opened } = ask(board)
    const { id, ...request } = mustSucceed(await opened)
    expect(request).toMatchObject({ actor: 'other-agent' })
    expect(request).not.toHaveProperty('token')
    if (board === 'asked') mustSucceed(await cast.ben.consent(id))
    const refused = await cast.agent.call('collectToken', { params: { id } })
    expectRefusal(refused, 'forbidden')
    expect(refused).toMatchObject({ problem: { detail: expect.stringContaining('goes to other-agent') } })
    expectRefusal(await cast.otherAgent.call('collectToken', { params: { id } }), 'proof_of_possession')
    const key = await dpopKey(cast.authority.now)
    const headers = await headersFor(key, id)
    const { token } = mustSucceed(await cast.otherAgent.call('collectToken', { params: { id }, headers }))
    expect(decodeJwt(token)).toMatchObject({
      client_id: 'other-agent',
      act: { sub: 'helpdesk-agent' },
      cnf: { jkt: key.jkt },
    })
    const { salt: _, ...call } = action
    await expect(verifierFor(cast, cast.forum).verify(token, call)).rejects.toMatchObject({
      code: 'proof_of_possession',
    })
    const foreign = await dpopKey(cast.authority.now)
    const dpop = { proof: await foreign.proof('POST', `${FORUM}/posts`), method: 'POST', url: `${FORUM}/posts` }
    await expect(verifierFor(cast, cast.forum).verify(token, call, { dpop })).rejects.toMatchObject({
      code: 'proof_of_possession',
    })
  })
})

describe('a policy that names nobody as the actor', () => {
  it('denies, and says so', async () => {
    const answer = await ask('nobody').opened
    expectRefusal(answer, 'policy_denied')
    expect(answer).toMatchObject({ problem: { detail: expect.stringContaining('unknown-agent') } })
  })
})
