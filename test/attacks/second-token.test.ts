/**
 * Stolen: the operator's access to the database, triggers included.
 * It deletes a token and what was spent of it. The ledger still names that token, so the request gives no other one.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { expectRefusal } from '../http/watch.ts'
import { mustSucceed } from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const collect = (id: string) => cast.agent.call('collectToken', { params: { id } })

const issuedIn = async (trace: string) =>
  (await cast.authority.store.entriesOfTrace(trace)).filter(({ body }) => JSON.parse(body).type === 'token.issued')

const forget = (jti: string) =>
  asDatabaseOwner(cast.authority, (sql) =>
    sql.unsafe(`ALTER TABLE tokens DISABLE TRIGGER tokens_append_only;
      ALTER TABLE redemptions DISABLE TRIGGER redemptions_append_only;
      DELETE FROM redemptions WHERE jti = '${jti}';
      DELETE FROM token_texts WHERE jti = '${jti}';
      DELETE FROM tokens WHERE jti = '${jti}';
      ALTER TABLE redemptions ENABLE ALWAYS TRIGGER redemptions_append_only;
      ALTER TABLE tokens ENABLE ALWAYS TRIGGER tokens_append_only`),
  )

it('an approved call that was spent is not collected again', async () => {
  const { jti, token, request } = await approvedToken(cast.agent, cast.ben)
  mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
  await forget(jti)
  expectRefusal(await collect(request.id), 'action_mismatch')
  expectRefusal(await cast.forum.client.call('redeem', { body: { token } }), 'token_signature')
  expect(await issuedIn(request.trace)).toHaveLength(1)
})

it('nor is one that was revoked', async () => {
  const { jti, token, request } = await approvedToken(cast.agent, cast.ben)
  mustSucceed(await cast.authority.operator.call('revokeToken', { params: { jti } }))
  expectRefusal(await cast.forum.client.call('redeem', { body: { token } }), 'token_revoked')
  await forget(jti)
  expectRefusal(await collect(request.id), 'action_mismatch')
})

it('nor is one that policy alone allowed', async () => {
  const proposed = await propose(cast.agent, { name: 'forum.read' })
  const { jti } = mustSucceed(await collect(proposed.id))
  await forget(jti)
  expectRefusal(await collect(proposed.id), 'action_mismatch')
  expect(await issuedIn(proposed.trace)).toHaveLength(1)
})
