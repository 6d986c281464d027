/** Every command with a credential of every kind: the wrong one is named, with the place it came from and the way on. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { COMMANDS } from '../../src/cli/command-table.ts'
import { Failure } from '../../src/cli/exit.ts'
import { buildProgram } from '../../src/cli/program.ts'
import type { CredentialKind } from '../../src/domain/identity/parties.ts'
import {
  addAgent,
  addExecutor,
  FORUM,
  mustSucceed,
  OPERATOR,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'

vi.setConfig({ testTimeout: 120_000 })

const ID = 'A'.repeat(22)

const POLICY = join(mkdtempSync(join(tmpdir(), 'countersign-test-')), 'draft.cedar')
writeFileSync(POLICY, '@approvers("admin") permit (principal, action, resource);')

/** Arguments with which each command reaches the authority, and changes nothing that another row needs. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  'request <action>': ['forum.read', '--executor', FORUM, '--resource', 'forum:eng'],
  requests: [],
  'requests show <id>': [ID],
  review: [],
  kill: ['--agent', 'nobody-agent', '--reason', 'A test', '--yes'],
  'kill list': [],
  'kill show <id>': [ID],
  'kill release <ids...>': [ID, '--reason', 'A test'],
  'revoke token <jti>': [ID],
  'revoke request <id>': [ID],
  'agent add <id>': ['further-agent'],
  'agent edit <id>': ['some-agent', '--group', 'helpdesk'],
  'agent list': [],
  'agent tasks': [],
  'agent end-task <id>': ['some-agent'],
  'agent revoke <id>': ['nobody-agent'],
  'scim list': [],
  'scim people': [],
  'scim invite <id>': ['nobody'],
  'scim add <name>': ['entra'],
  'scim edit <name>': ['nobody', '--group', 'finance=Finance'],
  'scim rotate <name>': ['nobody'],
  'scim revoke <name>': ['nobody'],
  'erase request <id>': [ID],
  'erase principal <id>': ['nobody'],
  'erase age <days>': ['400'],
  'group list': [],
  'policy show [version]': [],
  'policy history': [],
  grants: [],
  'agent reach <id>': ['helpdesk-agent'],
  'group add <name>': ['night', '--member', 'nobody'],
  'group edit <name>': ['nobody', '--remove', 'nobody'],
  'group remove <name>': ['nobody'],
  'policy publish <file>': [POLICY],
  'policy check <file>': [POLICY],
  'policy replay <file>': [POLICY],
  'policy observe <file>': [POLICY],
  'policy observations': [],
  'policy observed [observation]': [],
  'policy end-observation [observation]': [],
  'policy try <file>': [
    ...[POLICY, '--agent', 'helpdesk-agent', '--executor', FORUM],
    ...['--action', 'forum.read', '--resource', 'forum:eng'],
  ],
  'why <request>': [ID],
  'grant request <action>': [
    ...['forum.post', '--executor', FORUM, '--resource', 'forum:eng', '--uses', '3'],
    ...['--key', join(mkdtempSync(join(tmpdir(), 'countersign-test-')), 'agent.jwk')],
  ],
  'executor add <audience>': ['https://shop.example', '--action', 'shop.look:read'],
  'executor edit <audience>': ['https://nobody.example', '--title', 'Nobody'],
  'executor list': [],
  'executor revoke <audience>': ['https://nobody.example'],
  'people invite <name>': ['Grace'],
  'people remove <id>': ['nobody'],
  'people show <id>': ['nobody'],
  'people roles <id>': ['nobody', '--role', 'auditor'],
  'people suspend <id>': ['nobody'],
  'people restore <id>': ['nobody'],
  'people recover <id>': ['nobody'],
  'people sign-out <id>': ['nobody'],
  'people revoke-passkey <id> <passkey>': ['nobody', 'none'],
  'people list': [],
  'people away': [],
  'people end-absence <id>': [ID],
  'invitation list': [],
  'invitation withdraw <id>': [ID],
  'credential add <kind> <subject>': ['auditor', 'further'],
  'credential revoke <id>': [ID],
  'keys rotate': [],
  'audit verify [where]': [],
  'audit report [where]': ['--out', join(mkdtempSync(join(tmpdir(), 'countersign-test-')), 'report.html')],
  'webhook add <url>': ['https://hooks.example', '--event', 'request.waiting'],
  'webhook list': [],
  'webhook remove <id>': [ID],
  'webhook replay <delivery>': [ID],
  'notify test': [],
}

const calling = COMMANDS.flatMap(({ usage, help }) => (help.needs?.length ? [{ usage, needs: help.needs }] : []))

let authority: TestAuthority
let secrets: Readonly<Record<CredentialKind, string>>
let home: string

beforeAll(async () => {
  authority = await startAuthority({ database: 'pglite' })
  await authority.listen()
  secrets = {
    operator: OPERATOR,
    agent: await addAgent(authority, 'helpdesk-agent'),
    executor: (await addExecutor(authority)).credential,
    auditor: await auditorCredential(),
  }
})
afterAll(() => authority.stop())
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'countersign-test-'))
  vi.stubEnv('XDG_CONFIG_HOME', home)
  vi.stubEnv('XDG_DATA_HOME', home)
  vi.stubEnv('COUNTERSIGN_DATA_DIR', join(home, 'data'))
  vi.stubEnv('COUNTERSIGN_URL', authority.config.origin)
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    // Nobody answers here: a command that waits for consent is interrupted.
    if (String(text).includes('Waiting for')) process.emit('SIGINT')
    return true
  })
  return () => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
    process.exitCode = undefined
  }
})

async function auditorCredential(): Promise<string> {
  const action = {
    name: 'countersign.credential.add',
    resource: 'credential:auditor:grace',
    arguments: { kind: 'auditor', subject: 'grace' },
    salt: ID,
  }
  return mustSucceed(await authority.operator.call('administer', { body: { action } })).credential ?? ''
}

/** The message of a refusal; empty for a command that was carried out. */
async function refusalOf(usage: string, ...more: string[]): Promise<string> {
  const words = usage.replace(/ [<[].*/, '').split(' ')
  try {
    await buildProgram().parseAsync([...words, ...(CALLS[usage] ?? []), ...more], { from: 'user' })
    return ''
  } catch (error) {
    return error instanceof Failure ? error.message : expect.fail(String(error))
  }
}

const OF = {
  agent: 'an agent’s',
  executor: 'an executor’s',
  operator: 'an operator’s',
  auditor: 'an auditor’s',
} as const

it('knows how to call every command that needs a credential', () => {
  expect(Object.keys(CALLS).sort()).toEqual(calling.map(({ usage }) => usage).sort())
})

describe.each(calling)('$usage', ({ usage, needs }) => {
  it.each(['agent', 'executor', 'operator', 'auditor'] as const)('with the credential of an %s', async (kind) => {
    vi.stubEnv('COUNTERSIGN_CREDENTIAL', secrets[kind])
    const message = await refusalOf(usage)
    if (needs.includes(kind)) return expect(message).not.toMatch(/needs|COUNTERSIGN_CREDENTIAL/)
    const wanted = needs.map((need) => OF[need]).join(' or ')
    expect(message).toContain(
      `This command needs ${wanted} credential, and COUNTERSIGN_CREDENTIAL is ${OF[kind]}. Set COUNTERSIGN_CREDENTIAL to another; `,
    )
  })

  it('with one that the authority does not know', async () => {
    vi.stubEnv('COUNTERSIGN_CREDENTIAL', `cs_${needs[0]}_${'B'.repeat(43)}`)
    expect(await refusalOf(usage)).toContain(
      `COUNTERSIGN_CREDENTIAL is unknown to ${authority.config.origin}, revoked or expired. Set COUNTERSIGN_CREDENTIAL`,
    )
  })
})

describe('the way on', () => {
  const keep = (name: string, credential: string): void => {
    const book = { in_use: null, profiles: [{ name, url: authority.config.origin, credential }] }
    writeFileSync(join(home, 'countersign/profiles.json'), JSON.stringify(book), { mode: 0o600 })
  }
  const dataDir = (folder: string) => {
    writeFileSync(join(home, folder, 'operator-credential'), OPERATOR)
    writeFileSync(join(home, folder, 'origin'), authority.config.origin)
  }
  beforeEach(() => {
    mkdirSync(join(home, 'countersign'))
    mkdirSync(join(home, 'data'))
  })

  it('is the data directory', async () => {
    dataDir('data')
    vi.stubEnv('COUNTERSIGN_CREDENTIAL', secrets.agent)
    const file = join(home, 'data/operator-credential')
    expect(await refusalOf('agent list')).toMatch(
      `COUNTERSIGN_CREDENTIAL is an agent’s. Unset COUNTERSIGN_CREDENTIAL to use the credential in ${file}.`,
    )
    vi.stubEnv('COUNTERSIGN_CREDENTIAL', undefined)
    expect(await refusalOf('agent list')).toBe('')
    expect(await refusalOf('request <action>')).toContain(
      `needs an agent’s credential, and the credential in ${file} is an operator’s. Set COUNTERSIGN_CREDENTIAL to another; countersign agent add`,
    )
  })

  it('is a profile', async () => {
    keep('helpdesk', secrets.agent)
    vi.stubEnv('COUNTERSIGN_CREDENTIAL', OPERATOR)
    expect(await refusalOf('request <action>')).toMatch(/is an operator’s\. Use another with --profile helpdesk\.$/)
    expect(await refusalOf('request <action>', '--profile', 'helpdesk')).toBe('')
    dataDir('data')
    expect(await refusalOf('agent list', '--profile', 'helpdesk')).toContain(
      `the credential of the profile helpdesk is an agent’s. Give --data-dir ${join(home, 'data')} instead of --profile to use`,
    )
  })
})
