/**
 * Stolen: the operator's access to the database, by somebody who is also an approver here.
 * Who runs an agent, who was removed, whose key it is, and when a deputy consented decide whether a consent counts. Rows
 * that say otherwise than the proofs lend none.
 */
import { type ConsentStatement, consentChallenge } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { type Cast, propose, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { wire } from '../http/passkey-json.ts'
import { expectRefusal } from '../http/watch.ts'
import { type Authenticator, createAuthenticator, toConsent } from '../setup/authenticator.ts'
import { administer, enrolBy, FORUM, mustSucceed, pageOf, postAction } from '../setup/authority.ts'

let cast: Cast
let agent: Client
beforeAll(async () => {
  cast = await startCast()
  agent = await agentOf('bens-agent', cast.ben.id)
})
afterAll(() => cast.authority.stop())

const sql = (text: string) => asDatabaseOwner(cast.authority, (owner) => owner.unsafe(text))

async function agentOf(id: string, runner: string): Promise<Client> {
  const args = { id, run_by: runner, executors: [FORUM] }
  const action = { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: args }
  return cast.authority.client(String((await administer(cast.authority, cast.ada, action)).credential))
}

const ask = async (by = agent) => mustSucceed(await by.propose({ body: { audience: FORUM, action: postAction() } })).id

const collect = (id: string, by = agent) => by.call('collectToken', { params: { id } })

interface Published {
  readonly approver: string
  readonly agents: readonly string[]
  readonly keys: readonly object[]
}

const published = async (): Promise<readonly Published[]> =>
  JSON.parse(JSON.stringify(mustSucceed(await cast.agent.call('approverKeys'))['approvers']))

const runsOf = async (person: string) => (await published()).find(({ approver }) => approver === person)?.agents

interface Slipped {
  readonly by: { readonly id: string; readonly authenticator: Authenticator }
  readonly said?: { readonly separation?: boolean; readonly on_behalf_of?: string }
  readonly givenAt?: number
  /** Default: the passkey that signs. */
  readonly key?: { readonly kid: string; readonly credentialId: string }
}

/** Approves a request by SQL with a consent to whatever its person likes to sign. */
async function slipIn(id: string, { by, said, givenAt = cast.authority.now(), key = by.authenticator }: Slipped) {
  const offered = mustSucceed(await cast.ada.page.call('offerConsent', { params: { id } }))
  const statement = { ...(offered.statement as ConsentStatement), ...said, approver: by.id }
  const challenge = Buffer.from(await consentChallenge(statement)).toString('base64url')
  const consent = toConsent(await by.authenticator.assert({ challenge }), { ...statement, key: key.kid })
  await asDatabaseOwner(cast.authority, async (owner) => {
    await owner`INSERT INTO consents (request, approver, on_behalf_of, credential_id, consent, given_at)
      VALUES (${id}, ${by.id}, ${said?.on_behalf_of ?? null}, ${key.credentialId},
        ${JSON.stringify(consent)}::text::json, ${givenAt})`
    await owner`UPDATE requests SET state = 'approved', consents = 1, separation = ${said?.separation ?? true} WHERE id = ${id}`
  })
}

describe('whoever runs an agent', () => {
  it.each([
    [
      'handed to nobody',
      `CREATE TABLE aside AS SELECT * FROM agents; UPDATE agents SET run_by = NULL WHERE id = 'bens-agent'`,
      `UPDATE agents SET run_by = aside.run_by FROM aside WHERE agents.id = aside.id; DROP TABLE aside`,
    ],
    [
      'gone',
      `CREATE TABLE aside AS SELECT * FROM agents WHERE id = 'bens-agent'; DELETE FROM agents WHERE id = 'bens-agent'`,
      `INSERT INTO agents SELECT * FROM aside; DROP TABLE aside`,
    ],
    [
      'revoked',
      `UPDATE agents SET revoked_at = 1 WHERE id = 'bens-agent'`,
      `UPDATE agents SET revoked_at = NULL WHERE id = 'bens-agent'`,
    ],
    [
      'behind a view that says something else to this question',
      `ALTER TABLE agents RENAME TO agents_real; CREATE VIEW agents AS SELECT id, principals, executors, groups,
        CASE WHEN position('"run_by" = $1' IN current_query()) > 0 OR position('"run_by" IS NOT NULL' IN current_query()) > 0
          THEN NULL ELSE run_by END AS run_by, version, created_at, revoked_at FROM agents_real`,
      `DROP VIEW agents; ALTER TABLE agents_real RENAME TO agents`,
    ],
  ])('does not approve its call while its row is %s', async (_, change, back) => {
    const id = await ask()
    await sql(change)
    try {
      expectRefusal(await cast.ben.consent(id), 'forbidden')
      expect(await runsOf(cast.ben.id)).toEqual(['bens-agent'])
    } finally {
      await sql(back)
    }
    expectRefusal(await collect(id), 'request_pending')
  })

  it('does not approve it by a signature that says so, where the terms allow no self-approval', async () => {
    const id = await ask()
    await slipIn(id, { by: cast.ben, said: { separation: false } })
    expectRefusal(await collect(id), 'quorum_unmet')
    const other = await propose(cast.agent)
    await slipIn(other.id, { by: cast.ben })
    mustSucceed(await collect(other.id, cast.agent))
  })
})

it('a passkey signs with the key that was enrolled, whatever key its row names by that thumbprint', async () => {
  const { kid, credentialId, approverKey } = cast.ben.authenticator
  const own = await createAuthenticator(cast.authority.config)
  const holds = (key: object) =>
    sql(`UPDATE passkeys SET key = '${JSON.stringify(key)}' WHERE credential_id = '${credentialId}'`)
  const { id } = await propose(cast.agent)
  await holds({ ...own.approverKey, kid })
  await slipIn(id, { by: { id: cast.ben.id, authenticator: own }, key: { kid, credentialId } })
  expectRefusal(await collect(id, cast.agent), 'consent_invalid')
  const { options } = mustSucceed(await pageOf(cast.authority).call('signInOptions'))
  const assertion = wire(await own.assert({ challenge: String(options['challenge']) }))
  const claimed = { ...assertion, id: credentialId, rawId: credentialId }
  expectRefusal(await pageOf(cast.authority).call('signIn', { body: { assertion: claimed } }), 'consent_invalid')
  const keys = await published()
  expect(keys.find(({ approver }) => approver === cast.ben.id)?.keys).toEqual([approverKey])
  expect(cast.authority.services.findings()).toMatchObject([{ kind: 'passkey', id: kid }])
  await holds(approverKey)
  mustSucceed(await cast.agent.call('approverKeys'))
  expect(cast.authority.services.findings()).toEqual([])
})

it.each([
  ['before the request', -7_200],
  ['later', 7_200],
])('a deputy who consents outside the absence does not count by a consent from %s', async (_, seconds) => {
  const [cleo, dan] = [await enrolBy(cast.authority, cast.ada, 'Cleo'), await enrolBy(cast.authority, cast.ada, 'Dan')]
  const now = cast.authority.now()
  const body = { deputy: dan.id, from: now + Math.max(0, seconds - 600), until: now + Math.max(0, seconds) + 600 }
  const { options } = mustSucceed(await cleo.page.call('offerAbsence', { body }))
  const signed = wire(await cleo.authenticator.assert({ challenge: String(options['challenge']) }))
  mustSucceed(await cleo.page.call('stateAbsence', { body: { assertion: signed } }))
  if (seconds < 0) cast.authority.advance(-seconds)
  const { id } = await propose(cast.agent)
  const said = { on_behalf_of: cleo.id }
  await slipIn(id, { by: dan, said, givenAt: cast.authority.now() + seconds })
  expectRefusal(await collect(id, cast.agent), 'quorum_unmet')
})

it('an agent acts for nobody who was removed, whatever their row says', async () => {
  const eve = await enrolBy(cast.authority, cast.ada, 'Eve')
  const args = { id: 'eves-agent', principals: [eve.id], executors: [FORUM] }
  const added = { name: 'countersign.agent.add', resource: 'agent:eves-agent', arguments: args }
  const eves = cast.authority.client(String((await administer(cast.authority, cast.ada, added)).credential))
  await ask(eves)
  const removal = {
    name: 'countersign.approver.remove',
    resource: `approver:${eve.id}`,
    arguments: { approver: eve.id },
  }
  await administer(cast.authority, cast.ada, removal)
  const asked = { body: { audience: FORUM, action: postAction() } }
  expectRefusal(await eves.propose(asked), 'policy_denied')
  await sql(`UPDATE approvers SET removed_at = NULL WHERE id = '${eve.id}'`)
  expectRefusal(await eves.propose(asked), 'policy_denied')
  await sql(`UPDATE approvers SET removed_at = 1 WHERE id = '${eve.id}'`)
})

it('an agent whose row is gone is a finding until it is back', async () => {
  await sql(
    `CREATE TABLE aside AS SELECT * FROM agents WHERE id = 'bens-agent'; DELETE FROM agents WHERE id = 'bens-agent'`,
  )
  const look = async () => {
    cast.authority.advance(11)
    await cast.authority.services.sweep()
    return cast.authority.services.findings().map(({ kind, id }) => `${kind} ${id}`)
  }
  expect(await look()).toEqual(['agent bens-agent'])
  await sql(`INSERT INTO agents SELECT * FROM aside; DROP TABLE aside`)
  expect(await look()).toEqual([])
})
