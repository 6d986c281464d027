/**
 * A token that one process issued is redeemed at another: its mark stands for the question to the policy, and for nothing
 * else than what the policy was asked about.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { approvedToken, type Cast, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { expectRefusal } from '../http/watch.ts'
import {
  administer,
  enrolBy,
  FORUM,
  mustSucceed,
  postAction,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'

let cast: Cast
let beside: TestAuthority
/** Requests that the process beside read. */
const read: string[] = []

const noting = (store: Store): Store => ({
  ...store,
  request: (id) => {
    read.push(id)
    return store.request(id)
  },
})

beforeAll(async () => {
  cast = await startCast()
  const { databaseUrl, config } = cast.authority
  const settings = { COUNTERSIGN_ORIGIN: config.origin }
  beside = await startAuthority({ databaseUrl: databaseUrl ?? '', settings, withStore: noting })
})
afterAll(async () => {
  await beside.stop()
  await cast.authority.stop()
})

async function allowed() {
  const action = postAction('x', { name: 'forum.read' })
  const { id, token } = mustSucceed(await cast.agent.propose({ body: { audience: FORUM, action } }))
  return { id, token: String(token) }
}

const approved = async () => {
  const { request, token } = await approvedToken(cast.agent, cast.ben)
  return { id: request.id, token }
}

const redeemBeside = (token: string) => beside.client(cast.forum.credential).call('redeem', { body: { token } })

/** Sets the mark of the token of a request, as SQL says. */
const mark = (request: string, value: string) =>
  asDatabaseOwner(cast.authority, (sql) =>
    sql.unsafe(`ALTER TABLE tokens DISABLE TRIGGER tokens_append_only;
      UPDATE tokens SET permission_mark = ${value} WHERE request = '${request}';
      ALTER TABLE tokens ENABLE ALWAYS TRIGGER tokens_append_only`),
  )

const publish = async (text: string) => {
  const { in_force: version } = mustSucceed(await cast.authority.operator.call('listPolicies'))
  await administer(cast.authority, cast.ada, {
    name: 'countersign.policy.publish',
    resource: 'policy',
    arguments: { version, text },
  })
}

it.each([
  ['policy allowed', allowed],
  ['people approved', approved],
])('is not asked about again where %s it', async (_, issue) => {
  const { id, token } = await issue()
  mustSucceed(await redeemBeside(token))
  expect(read).not.toContain(id)
})

it.each([
  ['without its mark', 'NULL'],
  [
    'with the mark of another token',
    '(SELECT other.permission_mark FROM tokens AS other WHERE other.request <> tokens.request AND other.permission_mark IS NOT NULL LIMIT 1)',
  ],
  ['with a mark that is cut short', 'left(permission_mark, 42)'],
])('is asked about again %s', async (_, value) => {
  await allowed()
  const { id, token } = await allowed()
  await mark(id, value)
  mustSucceed(await redeemBeside(token))
  expect(read).toContain(id)
})

it('is asked about again once there is one approver more', async () => {
  const { id, token } = await approved()
  await enrolBy(cast.authority, cast.ada, 'Bea Approver')
  mustSucceed(await redeemBeside(token))
  expect(read).toContain(id)
})

// Last, since policies are append-only.
it('is refused where a later policy forbids the call, whatever its mark is', async () => {
  const before = await allowed()
  await publish(`${DEFAULT_POLICY}\nforbid (principal, action == Action::"forum.read", resource);`)
  expectRefusal(await redeemBeside(before.token), 'policy_denied')
  expect(read).toContain(before.id)
})
