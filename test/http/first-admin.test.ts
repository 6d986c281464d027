/**
 * Before the first admin: what can be registered is what that admin is shown in full, and their passkey signs exactly
 * that. What changes in between, or is more than a person can be shown, is refused.
 */
import { newSalt } from '@countersign/verifier'
import { type EnrolmentStatement, enrolmentChallenge, registeredDigest } from '@countersign/verifier/authority'
import { afterEach, describe, expect, it } from 'vitest'
import { createAuthenticator, newPasskey } from '../setup/authenticator.ts'
import {
  addAgent,
  addExecutor,
  CATALOGUE,
  enrolFirstAdmin,
  FORUM,
  mustSucceed,
  pageOf,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { UNUSABLE_KEYS } from '../setup/odd-keys.ts'
import { challengeOf } from './passkey-json.ts'

const started: TestAuthority[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((authority) => authority.stop()))
})

async function start(): Promise<TestAuthority> {
  const authority = await startAuthority()
  started.push(authority)
  return authority
}

/** The first admin's link, opened, as far as the two prompts. */
async function openLink(authority: TestAuthority) {
  const page = pageOf(authority)
  const link = (await authority.services.people.firstAdminLink()) ?? ''
  const invitation = new URL(link).hash.slice(1)
  const view = async () => mustSucceed(await page.call('viewInvitation', { body: { invitation } }))
  const begin = async (registers = {}) => {
    const offered = mustSucceed(await page.call('enrolOptions', { body: { invitation, name: 'Ada' } }))
    const authenticator = await createAuthenticator({ ...authority.config, registers })
    const made = await newPasskey(authenticator, offered.options)
    return { ...offered, send: () => page.call('enrol', { body: { invitation, ...made } }) }
  }
  return { view, begin }
}

const administer = (authority: TestAuthority, name: string, resource: string, args: object) => {
  const action = { name, resource, arguments: JSON.parse(JSON.stringify(args)), salt: newSalt() }
  return authority.operator.call('administer', { body: { action } })
}
const addCredential = (authority: TestAuthority, kind: string, subject: string) =>
  administer(authority, 'countersign.credential.add', `credential:${kind}:${subject}`, { kind, subject })

async function engage(authority: TestAuthority, selector: object): Promise<string> {
  const body = { selector, reason: 'A test' }
  return mustSucceed(await authority.operator.call('engageKillSwitch', { body })).id
}

async function entriesOf(authority: TestAuthority, type: string) {
  const rows = await authority.database.run<{ body: string }>({
    text: 'SELECT body FROM entries ORDER BY id',
    parameters: [],
  })
  const entries = rows.map(({ body }): Record<string, unknown> => JSON.parse(body))
  return entries.filter((entry) => entry['type'] === type)
}

describe('the first admin', () => {
  it('is shown everything that exists by then, and signs it', async () => {
    const authority = await start()
    await addAgent(authority, 'helpdesk-agent', {
      principals: ['dana', 'eve'],
      run_by: 'somebody',
      groups: ['night'],
      executors: [],
    })
    const { challengeKey } = await addExecutor(authority)
    mustSucceed(await addCredential(authority, 'operator', 'another-operator'))
    mustSucceed(await addCredential(authority, 'auditor', 'an-auditor'))
    const whole = await engage(authority, {})
    const some = await engage(authority, { agent: 'helpdesk-agent', action: 'forum.*', trace: 'ab'.repeat(16) })
    const { view, begin } = await openLink(authority)
    const { registered } = await view()
    expect(registered?.agents).toEqual([
      { agent: 'helpdesk-agent', principals: ['dana', 'eve'], executors: [], groups: ['night'], run_by: 'somebody' },
    ])
    expect(registered?.executors).toMatchObject([{ executor: FORUM, title: 'The forum', catalogue: CATALOGUE }])
    expect(JSON.stringify(registered)).toContain(challengeKey.kid)
    expect(registered?.credentials.map(({ kind, subject }) => `${kind} ${subject}`).sort()).toEqual([
      'agent helpdesk-agent',
      'auditor an-auditor',
      'executor https://forum.example',
      'operator another-operator',
      'operator countersign-operator',
    ])
    expect(registered?.killswitches).toHaveLength(2)
    expect(registered?.killswitches).toEqual(
      expect.arrayContaining([
        { killswitch: whole, selector: {} },
        { killswitch: some, selector: { agent: 'helpdesk-agent', action: 'forum.*', trace: 'ab'.repeat(16) } },
      ]),
    )
    const { statement, options, send } = await begin()
    if (!registered) throw new Error('nothing was shown')
    const digest = await registeredDigest(JSON.parse(JSON.stringify(registered)))
    expect(statement).toMatchObject({
      typ: 'countersign/enrolment/v1',
      roles: ['admin', 'approver'],
      registered: digest,
    })
    const challenge = await enrolmentChallenge(statement as unknown as EnrolmentStatement)
    const expected = Buffer.from(challenge).toString('base64url')
    expect([challengeOf(options.creation), challengeOf(options.request)]).toEqual([expected, expected])
    mustSucceed(await send())
    expect(await entriesOf(authority, 'approver.enrolled')).toMatchObject([{ bootstrap: true, registered: digest }])
    const [key] = (await entriesOf(authority, 'credential.added')).filter((entry) => 'public_key' in entry)
    expect(key).toMatchObject({ enrolment: { nonce: statement['nonce'], signature: expect.any(String) } })
  })

  it.each<[string, (authority: TestAuthority) => Promise<unknown>]>([
    ['an agent', (authority) => addAgent(authority, 'late-agent')],
    ['an executor', (authority) => addExecutor(authority, 'https://late.example')],
    ['an operator', async (authority) => mustSucceed(await addCredential(authority, 'operator', 'late'))],
    ['an auditor', async (authority) => mustSucceed(await addCredential(authority, 'auditor', 'late'))],
    [
      'a further credential of an agent',
      async (authority) => mustSucceed(await addCredential(authority, 'agent', 'early-agent')),
    ],
    ['a kill switch', (authority) => engage(authority, { executor: FORUM })],
    [
      'a revocation',
      async (authority) => mustSucceed(await authority.operator.call('revokeAgent', { params: { id: 'early-agent' } })),
    ],
    [
      'a catalogue made narrower',
      async (authority) =>
        mustSucceed(await authority.operator.call('removeAction', { params: { id: FORUM, name: 'forum.read' } })),
    ],
  ])('does not enrol where %s came in between, and is shown it', async (_, change) => {
    const authority = await start()
    await addAgent(authority, 'early-agent')
    await addExecutor(authority)
    const { view, begin } = await openLink(authority)
    const before = await view()
    const { send } = await begin()
    await change(authority)
    expect(await send()).toMatchObject({ ok: false, status: 409, problem: { code: 'invalid_request' } })
    expect(await authority.store.hasAdmin()).toBe(false)
    expect(await entriesOf(authority, 'approver.enrolled')).toEqual([])
    expect((await view()).registered).not.toEqual(before.registered)
    mustSucceed(await (await begin()).send())
  })

  it('enrols alone, or the change is made: never both, however they race', async () => {
    const authority = await start()
    const { begin } = await openLink(authority)
    const { send } = await begin()
    const [enrolled, ...added] = await Promise.all([
      send(),
      ...['a', 'b', 'c'].map((id) => administer(authority, 'countersign.agent.add', `agent:${id}`, { id })),
    ])
    const made = added.filter(({ ok }) => ok)
    expect(enrolled?.ok).toBe(made.length === 0)
  })

  it('cannot enrol a key that verifies nothing, and the link stays open', async () => {
    const authority = await start()
    const { begin } = await openLink(authority)
    for (const [, cose] of UNUSABLE_KEYS.slice(0, 6)) {
      expect(await (await begin({ cose })).send()).toMatchObject({ ok: false, problem: { code: 'consent_invalid' } })
    }
    const refused = authority.logs.filter(({ event }) => event === 'passkey.refused')
    expect(refused).toHaveLength(6)
    expect(refused.every(({ cause }) => typeof cause === 'string' && cause !== '')).toBe(true)
    expect(await authority.store.hasAdmin()).toBe(false)
    mustSucceed(await (await begin()).send())
  })
})

describe('before the first admin', () => {
  const action = (at: number) => ({
    name: `forum.act.${at}`,
    effect: 'write',
    reversible: true,
    title: 'A sentence that takes room'.padEnd(200, '.'),
  })
  const catalogue = (count: number) => Array.from({ length: count }, (_, at) => action(at))
  const executor = (audience: string, count: number) => ({ audience, title: 'Large', catalogue: catalogue(count) })
  const register = (authority: TestAuthority, audience: string, count: number) =>
    administer(authority, 'countersign.executor.add', `executor:${audience}`, executor(audience, count))

  it('what nobody could read in full is refused with the next step, and leaves nothing', async () => {
    const authority = await start()
    const { view } = await openLink(authority)
    const before = await view()
    const refused = await register(authority, 'https://large.example', 150)
    expect(refused).toMatchObject({ ok: false, problem: { code: 'forbidden' } })
    expect(JSON.stringify(refused)).toMatch(/Enrol the first admin .* then register the rest/)
    expect(await view()).toEqual(before)
  })

  it('many small things are bounded in sum', async () => {
    const authority = await start()
    const answers = []
    for (let at = 0; at < 6; at++) answers.push(await register(authority, `https://e${at}.example`, 25))
    const firstRefused = answers.findIndex(({ ok }) => !ok)
    expect(firstRefused).toBeGreaterThan(0)
    expect(answers.slice(firstRefused).every(({ ok }) => !ok)).toBe(true)
    const { view } = await openLink(authority)
    expect(JSON.stringify((await view()).registered).length).toBeLessThan(32_768)
  })

  it.each<[string, string, object]>([
    [
      'countersign.approver.enrol',
      `approver:${'A'.repeat(22)}`,
      {
        approver: 'A'.repeat(22),
        name: 'Mallory',
        roles: ['admin'],
        code: 'ABCD-EFGH',
        authenticator: 'A key',
        synced: false,
        key: 'A'.repeat(43),
      },
    ],
    ['countersign.key.rotate', 'keys', {}],
    ['countersign.webhook.add', 'webhooks', { url: 'https://mallory.example/hook' }],
    ['countersign.payload.erase', 'payloads:age:1', { rule: 'age', older_than_days: 1 }],
    ['countersign.killswitch.release', `killswitch:${'A'.repeat(22)}`, { id: 'A'.repeat(22), reason: 'x' }],
    ['countersign.executor.update', `executor:${FORUM}`, { audience: FORUM, version: 1, title: 'Other' }],
  ])('%s, which no page shows, needs an admin', async (name, resource, args) => {
    const authority = await start()
    await addExecutor(authority)
    expect(await administer(authority, name, resource, args)).toMatchObject({
      ok: false,
      problem: { code: 'token_missing' },
    })
  })

  it('a kill switch is engaged however much is registered', async () => {
    const authority = await start()
    const refused = async () => !(await register(authority, `https://e${newSalt()}.example`, 25)).ok
    while (!(await refused()));
    const id = await engage(authority, { agent: 'anything' })
    const { view } = await openLink(authority)
    expect((await view()).registered?.killswitches).toEqual([{ killswitch: id, selector: { agent: 'anything' } }])
  })

  it('there is room again once there is an admin, with their approval', async () => {
    const authority = await start()
    await enrolFirstAdmin(authority)
    expect(await register(authority, 'https://large.example', 100)).toMatchObject({
      ok: false,
      problem: { code: 'token_missing' },
    })
  })
})
