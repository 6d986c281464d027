/** `audit verify` on what is in force: an altered database serves it as it is, and the copy shows each row that differs. */
import { getRandomValues } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { httpSource } from '../../src/audit/log/source.ts'
import { openBreakGlass } from '../../src/authority/people/break-glass.ts'
import { mirror } from '../../src/cli/audit/audit-mirror.ts'
import { generateLogKey, importLogKey, type LogJwk } from '../../src/domain/ledger/log-key.ts'
import { logOrigin } from '../../src/domain/token/build-claims.ts'
import { runCommand } from '../cli/run-command.ts'
import { type Cast, credentialFor, startCast } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { wire } from '../http/passkey-json.ts'
import { settle } from '../ledger/ground.ts'
import { startReceiver } from '../notify/receivers.ts'
import { createGroup, createUser, enrolProvisioned, startDirectory } from '../scim/ground.ts'
import { type Authenticator, createAuthenticator } from '../setup/authenticator.ts'
import { administer, enrol, enrolBy, FORUM, mustSucceed, type Person } from '../setup/authority.ts'

vi.setConfig({ testTimeout: 120_000 })

let cast: Cast
let jwk: LogJwk
let secret: string
let gone: Person
let sleepy: Person
let slipped: Authenticator
let killswitch: string
/** Whom a directory named. */
let fay: string
let hooks: Awaited<ReturnType<typeof startReceiver>>

const change = (name: string, resource: string, args: object) =>
  administer(cast.authority, cast.ada, {
    name: `countersign.${name}`,
    resource,
    arguments: JSON.parse(JSON.stringify(args)),
  })

/** Everything that there can be. */
beforeAll(async () => {
  jwk = await generateLogKey()
  cast = await startCast({ settings: { COUNTERSIGN_LOG_KEY: JSON.stringify(jwk) } })
  const { authority, ada, ben } = cast
  secret = await credentialFor(authority, ada, 'auditor', 'revision')
  slipped = await createAuthenticator(authority.config)
  await change('agent.add', 'agent:spare-agent', { id: 'spare-agent' })
  await change('agent.add', 'agent:gone-agent', { id: 'gone-agent' })
  mustSucceed(await authority.operator.call('revokeAgent', { params: { id: 'gone-agent' } }))
  await change('group.add', 'group:treasury', { name: 'treasury', members: [ben.id] })
  const scim = await startDirectory(cast)
  fay = await createUser(scim, 'fay@example.com')
  await createGroup(scim, [fay])
  await enrolProvisioned(cast, fay, 'Fay')
  hooks = await startReceiver()
  await change('group.add', 'group:former', { name: 'former', members: [ben.id] })
  await change('group.remove', 'group:former', { name: 'former' })
  mustSucceed(await authority.operator.call('removeAction', { params: { id: FORUM, name: 'forum.read' } }))
  const released = { selector: { agent: 'other-agent' }, reason: 'It ran away' }
  const { id } = mustSucceed(await authority.operator.call('engageKillSwitch', { body: released }))
  await change('killswitch.release', `killswitch:${id}`, { id, reason: 'It is safe' })
  const hook = { url: hooks.url, kind: 'standard', events: ['request.waiting'] }
  await change('webhook.add', 'webhooks', hook)
  gone = await enrolBy(authority, ada, 'Gone')
  await change('approver.remove', `approver:${gone.id}`, { approver: gone.id })
  sleepy = await enrolBy(authority, ada, 'Sleepy')
  mustSucceed(await ada.page.call('suspendPerson', { params: { id: sleepy.id } }))
  const { text, version } = await policy()
  const draft = { text: `${text}\n// Reviewed.\n`, seconds: 3600 }
  mustSucceed(await authority.operator.call('startObservation', { body: draft }))
  await change('policy.publish', 'policy', { version, text: draft.text })
  await change('payload.erase', 'payloads:age:365', { rule: 'age', older_than_days: 365 })
  const until = authority.now() + 3_600
  const offered = mustSucceed(await ben.page.call('offerAbsence', { body: { until } }))
  const signed = wire(await ben.authenticator.assert({ challenge: String(offered.options['challenge']) }))
  mustSucceed(await ben.page.call('stateAbsence', { body: { assertion: signed } }))
  const params = { id: 'busy-agent' }
  await change('agent.add', 'agent:busy-agent', { id: 'busy-agent', run_by: ben.id })
  const start = { purpose: 'Tidy up', minutes: 480 }
  const task = mustSucceed(await ben.page.call('offerAgentSession', { params, body: start }))
  const opening = wire(await ben.authenticator.assert({ challenge: String(task.options['challenge']) }))
  mustSucceed(await ben.page.call('openAgentSession', { params, body: { assertion: opening } }))
  const body = { selector: { agent: 'spare-agent' }, reason: 'It runs away' }
  killswitch = mustSucceed(await authority.operator.call('engageKillSwitch', { body })).id
  await breakGlass()
})
afterAll(() => Promise.all([hooks.close(), cast.authority.stop()]))

async function policy() {
  const version = await cast.authority.store.policyInForce()
  const known = await cast.authority.store.policyVersion(version)
  if (!known) throw new Error('no policy')
  return known
}

const logKeyOf = () => importLogKey(jwk, logOrigin(cast.authority.config.origin))

/** An admin whom the host let in, who changes something then. */
async function breakGlass() {
  const { config, store, now } = cast.authority
  const randomBytes = (count: number) => getRandomValues(new Uint8Array(count))
  const opened = await openBreakGlass({ config, store, logKey: await logKeyOf(), now, randomBytes }, 'All are away')
  if (!opened.ok) throw new Error(opened.refusal.message)
  const grace = await enrol(cast.authority, opened.value.link, 'Grace')
  await administer(cast.authority, grace, {
    name: 'countersign.agent.add',
    resource: 'agent:after-agent',
    arguments: { id: 'after-agent' },
  })
}

/** A copy of the log, as the authority serves it now. */
async function copy(): Promise<string> {
  const { authority } = cast
  await settle(authority.services.ledger, authority.store)
  const fetchFrom = (input: string | URL | Request, init?: RequestInit) => authority.fetch(String(input), init)
  const source = httpSource({ url: authority.config.origin, fetch: fetchFrom, credential: secret })
  const folder = mkdtempSync(join(tmpdir(), 'countersign-copy-'))
  await mirror({ source, folder, now: authority.now(), onProgress: () => {} })
  return folder
}

async function verify(folder: string) {
  const state = mkdtempSync(join(tmpdir(), 'countersign-audit-'))
  const { vkey } = await logKeyOf()
  const ended = await runCommand(['audit', 'verify', folder, '--json', '--vkey', vkey, '--state', state])
  return { ...ended, said: JSON.parse(ended.stdout) }
}

it('finds nothing where every row follows, also after a break-glass', async () => {
  const { code, said } = await verify(await copy())
  expect(said.findings).toEqual([])
  expect(code).toBe(0)
  expect(said.configuration.rows).toBeGreaterThan(20)
})

const FLIP = `UPDATE executors SET catalogue = replace(catalogue::text, '"name":"forum.delete","effect":"destructive"',
  '"name":"forum.delete","effect":"read"')::json WHERE audience = '${FORUM}'`
const UNFLIP = `UPDATE executors SET catalogue = replace(catalogue::text, '"name":"forum.delete","effect":"read"',
  '"name":"forum.delete","effect":"destructive"')::json WHERE audience = '${FORUM}'`

/** Past the triggers that keep what is written. */
const writing = (table: string, statement: string) =>
  `ALTER TABLE ${table} DISABLE TRIGGER USER; ${statement}; ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${table}_append_only`

/** What somebody changes, and back; what is found. */
const TAMPERING: Readonly<Record<string, () => readonly [change: string, back: string, found: readonly string[]]>> = {
  'a catalogue that was flipped': () => [FLIP, UNFLIP, [`executor ${FORUM}`]],
  'a passkey that was inserted': () => [
    `INSERT INTO passkeys (credential_id, approver, label, key, counter, backed_up, transports, aaguid, created_at)
      VALUES ('${slipped.credentialId}', '${cast.ben.id}', 'Slipped', '${JSON.stringify(slipped.approverKey)}', 0, false, '[]', '', 0)`,
    `DELETE FROM passkeys WHERE credential_id = '${slipped.credentialId}'`,
    [`passkey ${slipped.kid}`],
  ],
  'a role that was given': () => [
    `UPDATE approvers SET roles = '["approver","admin"]' WHERE id = '${cast.ben.id}'`,
    `UPDATE approvers SET roles = '["approver"]' WHERE id = '${cast.ben.id}'`,
    [`person ${cast.ben.id}`],
  ],
  'a policy that was changed': () => [
    writing(
      'policies',
      `UPDATE policies SET text = text || ' permit (principal, action, resource);' WHERE version = 2`,
    ),
    writing('policies', `UPDATE policies SET text = replace(text, ' permit (principal, action, resource);', '')`),
    ['policy 2'],
  ],
  'a webhook that was led elsewhere': () => [
    `UPDATE webhooks SET url = 'https://thief.example/'`,
    `UPDATE webhooks SET url = '${hooks.url}'`,
    [expect.stringMatching(/^webhook /)],
  ],
  'a removed person who is back': () => [
    `UPDATE approvers SET removed_at = NULL WHERE id = '${gone.id}';
      UPDATE passkeys SET revoked_at = NULL WHERE approver = '${gone.id}'`,
    `UPDATE approvers SET removed_at = 1 WHERE id = '${gone.id}';
      UPDATE passkeys SET revoked_at = 1 WHERE approver = '${gone.id}'`,
    [`passkey ${gone.authenticator.kid}`, `person ${gone.id}`],
  ],
  'a suspended person who is back': () => [
    `UPDATE approvers SET suspended_at = NULL WHERE id = '${sleepy.id}'`,
    `UPDATE approvers SET suspended_at = 1 WHERE id = '${sleepy.id}'`,
    [`person ${sleepy.id}`],
  ],
  'a kill switch that was disengaged': () => [
    `UPDATE kill_switches SET released_at_ms = 1 WHERE id = '${killswitch}'`,
    `ALTER TABLE kill_switches DISABLE TRIGGER USER;
      UPDATE kill_switches SET released_at_ms = NULL WHERE id = '${killswitch}';
      ALTER TABLE kill_switches ENABLE ALWAYS TRIGGER kill_switches_append_only;
      ALTER TABLE kill_switches ENABLE ALWAYS TRIGGER kill_switches_released_once`,
    [`killswitch ${killswitch}`],
  ],
  'a group that was widened': () => [
    `UPDATE groups SET members = '["${cast.ada.id}","${cast.ben.id}"]' WHERE name = 'treasury'`,
    `UPDATE groups SET members = '["${cast.ben.id}"]' WHERE name = 'treasury'`,
    ['group treasury'],
  ],
  'a group of a directory that was widened': () => [
    `UPDATE groups SET members = '["${fay}","${cast.ben.id}"]' WHERE name = 'finance'`,
    `UPDATE groups SET members = '["${fay}"]' WHERE name = 'finance'`,
    ['group finance'],
  ],
  'an agent that acts for somebody else': () => [
    `UPDATE agents SET principals = '["${cast.ada.id}"]' WHERE id = 'spare-agent'`,
    `UPDATE agents SET principals = '["spare-agent"]' WHERE id = 'spare-agent'`,
    ['agent spare-agent'],
  ],
  'an agent and its credential that are back': () => [
    `UPDATE agents SET revoked_at = NULL WHERE id = 'gone-agent';
      UPDATE credentials SET revoked_at = NULL WHERE subject = 'gone-agent'`,
    `UPDATE agents SET revoked_at = 1 WHERE id = 'gone-agent';
      UPDATE credentials SET revoked_at = 1 WHERE subject = 'gone-agent'`,
    ['agent gone-agent', expect.stringMatching(/^credential /)],
  ],
  'a directory that lasts longer': () => [
    `UPDATE directories SET expires_at = expires_at + 1`,
    `UPDATE directories SET expires_at = expires_at - 1`,
    ['directory entra'],
  ],
  'an order to erase that was inserted': () => [
    `INSERT INTO erasures (id, rule, before, next) VALUES ('slipped', 'age', 9999999999, 0)`,
    `DELETE FROM erasures WHERE id = 'slipped'`,
    ['erasure slipped'],
  ],
  'an order to erase that was widened': () => [
    `UPDATE erasures SET before = before + 1`,
    `UPDATE erasures SET before = before - 1`,
    [expect.stringMatching(/^erasure /)],
  ],
  'an absence that was stretched': () => [
    `UPDATE absences SET until_at = until_at + 1`,
    `UPDATE absences SET until_at = until_at - 1`,
    [expect.stringMatching(/^absence /)],
  ],
  'a session of an agent that was stretched': () => [
    `UPDATE agent_sessions SET ends_at = ends_at + 1`,
    `UPDATE agent_sessions SET ends_at = ends_at - 1`,
    [expect.stringMatching(/^agentsession /)],
  ],
}

it.each(Object.entries(TAMPERING))('finds %s', async (_, tampering) => {
  const [altered, back, found] = tampering()
  await asDatabaseOwner(cast.authority, (sql) => sql.unsafe(altered))
  const folder = await copy()
  await asDatabaseOwner(cast.authority, (sql) => sql.unsafe(back))
  const { said } = await verify(folder)
  expect(said.findings.map(({ subject }: { subject: string }) => subject).sort()).toEqual(found)
})

it.each<[string, (lines: string[]) => readonly string[], string]>([
  ['a line that is cut off', (lines) => [...lines.slice(0, -1), '{"row":{"kind":"agent"'], 'configuration_unreadable'],
  [
    'a row of no kind',
    (lines) => [...lines, '{"row":{"kind":"root","id":"a","content":{}}}'],
    'configuration_unreadable',
  ],
  ['no head', (lines) => lines.slice(1), 'configuration_unreadable'],
  ['nothing at all', () => [], 'configuration_unreadable'],
  ['another authority', (lines) => withHead(lines, { issuer: 'https://other.example' }), 'configuration_unreadable'],
  ['entries that are not there', (lines) => withHead(lines, { entries: 100_000 }), 'configuration_unreadable'],
  [
    'a last entry left out',
    (lines) => withHead(lines, { entries: headOf(lines).entries - 1 }),
    'configuration_unsealed',
  ],
  ['a seal of somebody else', (lines) => withHead(lines, { seal: 'x' }), 'configuration_unsealed'],
  ['no first admin', (lines) => withHead(lines, { registered: null }), 'configuration_unproven'],
  ['changes without their consents', (lines) => lines.map(withoutConsents), 'configuration_unproven'],
  ['no changes', (lines) => lines.filter((line) => !line.startsWith('{"change"')), 'configuration_unproven'],
])('believes no copy that holds %s', async (_, alter, code) => {
  const folder = await copy()
  const file = join(folder, 'ledger/configuration.jsonl')
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  writeFileSync(file, `${alter(lines).join('\n')}\n`)
  const { code: ended, said } = await verify(folder)
  expect([ended, Object.keys(said.counts)]).toEqual([1, expect.arrayContaining([code])])
})

const headOf = (lines: readonly string[]) => JSON.parse(String(lines[0])).head
const withHead = (lines: readonly string[], members: object): string[] => [
  JSON.stringify({ head: { ...headOf(lines), ...members } }),
  ...lines.slice(1),
]
const withoutConsents = (line: string): string => {
  const { change: changed, ...others } = JSON.parse(line)
  return JSON.stringify(changed ? { change: { ...changed, consents: [] } } : others)
}

it('says where nothing of it was checked', async () => {
  const folder = await copy()
  rmSync(join(folder, 'ledger/configuration.jsonl'))
  const { code, said } = await verify(folder)
  expect([code, said.configuration]).toEqual([0, null])
  const state = mkdtempSync(join(tmpdir(), 'countersign-audit-'))
  const { vkey } = await logKeyOf()
  const { stdout } = await runCommand(['audit', 'verify', folder, '--vkey', vkey, '--state', state])
  expect(stdout).toContain('NOT CHECKED')
})
