/**
 * Stolen: the operator's access to the database, triggers included.
 * It deletes the entry of a revocation and revives the row. What runs remembers; what starts refuses to.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { expectRefusal } from '../http/watch.ts'
import { addAgent, enrolFirstAdmin, mustSucceed, startAuthority, type TestAuthority } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'

let authority: TestAuthority
let secret: string
const settings = { COUNTERSIGN_LOG_KEY: '' }

const startAnother = () =>
  startAuthority({
    databaseUrl: authority.databaseUrl ?? '',
    settings: { ...settings, COUNTERSIGN_ORIGIN: authority.config.origin },
  })

beforeAll(async () => {
  settings.COUNTERSIGN_LOG_KEY = JSON.stringify(await generateLogKey())
  authority = await startAuthority({ settings })
  secret = await addAgent(authority, 'gone-agent')
  await enrolFirstAdmin(authority)
  mustSucceed(await authority.operator.call('revokeAgent', { params: { id: 'gone-agent' } }))
  const body = { selector: { agent: 'somebody-else' }, reason: 'Later than the revocation' }
  mustSucceed(await authority.operator.call('engageKillSwitch', { body }))
  // Entries are sequenced once every earlier transaction of the server has ended.
  const all = (await authority.store.entriesAfter({ after: 0, limit: 1000 })).length
  await waitFor(async () => {
    await authority.services.ledger.advance()
    expect((await authority.store.checkpoint('configuration'))?.size).toBe(all)
  })
})
afterAll(() => authority.stop())

const revive = () =>
  asDatabaseOwner(authority, async (sql) => {
    await sql.unsafe(`UPDATE agents SET revoked_at = NULL WHERE id = 'gone-agent';
      UPDATE credentials SET revoked_at = NULL WHERE subject = 'gone-agent'`)
  })

it('a process that starts on what is as it was sealed serves, and refuses what was revoked', async () => {
  await revive()
  const other = await startAnother()
  expectRefusal(await other.client(secret).call('listRequests'), 'unauthenticated')
  expectRefusal(await authority.client(secret).call('listRequests'), 'unauthenticated')
  await other.stop()
})

it('a process that starts without the entry of the revocation refuses to start; one that runs remembers', async () => {
  await asDatabaseOwner(authority, async (sql) => {
    await sql.unsafe(`ALTER TABLE entries DISABLE TRIGGER USER; ALTER TABLE leaves DISABLE TRIGGER USER;
      DELETE FROM leaves WHERE entry IN (SELECT id FROM entries WHERE type = 'agent.removed');
      DELETE FROM entries WHERE type = 'agent.removed'`)
  })
  expectRefusal(await authority.client(secret).call('listRequests'), 'unauthenticated')
  await expect(startAnother()).rejects.toThrow(/not those that were sealed/)
})

it('a seal that is removed or forged is noticed, too', async () => {
  const [seal] = await asDatabaseOwner(authority, async (sql) => {
    await sql.unsafe('ALTER TABLE checkpoints DISABLE TRIGGER USER')
    return sql`DELETE FROM checkpoints WHERE kind = 'configuration' RETURNING note, size, root`
  })
  await expect(startAnother()).rejects.toThrow('The seal of the configuration is missing')
  const forged = String(seal?.['note']).replace('/configuration', '/other')
  await asDatabaseOwner(
    authority,
    (sql) => sql`INSERT INTO checkpoints (kind, size, root, note, signed_at)
      VALUES ('configuration', ${seal?.['size']}, ${seal?.['root']}, ${forged}, 0)`,
  )
  await expect(startAnother()).rejects.toThrow('was not made by this log')
})
