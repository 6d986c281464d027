/** The codes that the guide to stopping names for a token under a kill switch: of the authority, and of executors. */
import { ApprovalError } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { approvedToken, startCast, verifierFor } from '../http/cast.ts'
import { expectRefusal } from '../http/watch.ts'
import { mustSucceed } from '../setup/authority.ts'

it('are killed at the authority, and token_revoked by the status list at an executor without its stream', async () => {
  const cast = await startCast()
  const { token, action } = await approvedToken(cast.agent, cast.ben)
  const { salt: _, ...call } = action
  const body = { selector: { agent: 'helpdesk-agent' }, reason: 'Stop' }
  mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body }))
  expectRefusal(await cast.forum.client.call('redeem', { body: { token } }), 'killed')
  const refused = await verifierFor(cast, cast.forum)
    .verify(token, call)
    .catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ApprovalError)
  expect(refused).toMatchObject({ code: 'token_revoked' })
  await cast.authority.stop()
})
