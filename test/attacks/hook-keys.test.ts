/**
 * Stolen: the operator's access to the database, which lets the repeat of one call lead to the request of another. The
 * hook lets nothing run that nobody consented to, and no agent sees the request of another.
 */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WORKSTATION } from '../../src/domain/coding/workstation.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { expectRefusal } from '../http/watch.ts'
import {
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  mustSucceed,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'

const LAPTOP = 'https://laptop.example'

let authority: TestAuthority
let ada: Awaited<ReturnType<typeof enrolFirstAdmin>>
let agent: string
let other: string
let machine: string
beforeAll(async () => {
  authority = await startAuthority()
  agent = await addAgent(authority, 'coding-agent', { executors: [LAPTOP] })
  other = await addAgent(authority, 'other-agent', { executors: [LAPTOP] })
  machine = (await addExecutor(authority, LAPTOP, WORKSTATION)).credential
  ada = await enrolFirstAdmin(authority)
})
afterAll(() => authority.stop())

async function ask(command: string) {
  const body = { session_id: 's1', cwd: '/home/ada', hook_event_name: 'PreToolUse', tool_name: 'Bash' }
  const answer = await authority.fetch(`${authority.config.origin}/hooks/claude-code`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${agent}`,
      'executor-authorization': `Bearer ${machine}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ ...body, tool_input: { command } }),
  })
  const reason = decodeURIComponent(answer.headers.get('countersign-reason') ?? '')
  const id = /\/approve\/([\w-]{22})/.exec(reason)?.[1] ?? ''
  return { verdict: answer.headers.get('countersign-verdict'), reason, id }
}

const lead = (from: string, to: string) =>
  asDatabaseOwner(authority, (sql) => sql`UPDATE idempotency_keys SET request = ${to} WHERE request = ${from}`)

describe('a key that SQL leads to another request', () => {
  it('lets no call of a hook run with the consent to another one', async () => {
    const harmful = await ask('rm -rf /home/ada/shop')
    const harmless = await ask('touch notes')
    mustSucceed(await ada.consent(harmless.id))
    expect(await lead(harmful.id, harmless.id)).toHaveProperty('count', 1)
    const answer = await ask('rm -rf /home/ada/shop')
    expect(answer).toMatchObject({
      verdict: 'refused',
      reason: expect.stringContaining('not those that were recorded'),
    })
    const entries = await asDatabaseOwner(
      authority,
      (sql) => sql`SELECT body FROM entries WHERE type = 'token.refused'`,
    )
    expect(entries.map(({ body }) => JSON.parse(String(body)))).toContainEqual(
      expect.objectContaining({ request: harmless.id, code: 'action_mismatch' }),
    )
  })

  it('shows an agent no request of another agent', async () => {
    const stranger = authority.client(other)
    const foreign = await ask('touch others')
    const action = { name: 'shell.run', resource: '/', arguments: { command: 'touch own' }, salt: newSalt() }
    const call = { body: { audience: LAPTOP, action }, headers: { 'idempotency-key': 'own' } }
    const { id } = mustSucceed(await stranger.call('openRequest', call))
    await lead(id, foreign.id)
    expectRefusal(await stranger.call('openRequest', call), 'not_found')
  })
})
