/** SIGKILL right after minting, again and again: every token is shown to auditors with a signature that holds. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { base64urlDecode, newSalt } from '@countersign/verifier'
import { compactVerify, importJWK } from 'jose'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Client, createClient } from '../../src/client/client.ts'
import { type Running, runCommand, startCommand } from '../cli/run-command.ts'
import { addAgent, addExecutor, FORUM, freePort, mustSucceed, OPERATOR, postAction } from '../setup/authority.ts'
import { migratedDatabase, type TestDatabase } from '../setup/postgres.ts'

vi.setConfig({ testTimeout: 180_000 })

const KILLS = 4
const EACH = 8

let database: TestDatabase
let running: Running
let settings: Record<string, string>
beforeAll(async () => {
  database = await migratedDatabase()
  settings = {
    COUNTERSIGN_ORIGIN: `http://localhost:${await freePort()}`,
    COUNTERSIGN_DATA_DIR: mkdtempSync(join(tmpdir(), 'countersign-test-')),
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_OPERATOR_CREDENTIAL: OPERATOR,
    COUNTERSIGN_TOKEN_TTL_SECONDS: '20',
    DATABASE_URL: database.url,
  }
})
afterAll(async () => {
  running.signal('SIGTERM')
  await running.ended
  await database.drop()
})

async function start(): Promise<void> {
  running = startCommand(['serve'], settings)
  await expect.poll(running.stdout).toContain('The authority listens')
}
const client = (credential: string) => createClient({ origin: settings['COUNTERSIGN_ORIGIN'] ?? '', credential, fetch })

it('leaves no token that looks forged', async () => {
  await start()
  const operator = client(OPERATOR)
  const agent = client(await addAgent({ operator }, 'quick-agent'))
  const executor = client((await addExecutor({ operator })).credential)
  const auditor = client(await auditorCredential(operator))
  const action = () => postAction('', { name: 'forum.read' })
  const minted: string[] = []
  const unspent: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const tokens = await Promise.all(
      Array.from({ length: EACH }, async () => {
        const { token } = mustSucceed(await agent.propose({ body: { audience: FORUM, action: action() } }))
        return String(token)
      }),
    )
    const spent = tokens.slice(0, EACH / 2)
    await Promise.all(spent.map(async (token) => mustSucceed(await executor.call('redeem', { body: { token } }))))
    running.signal('SIGKILL')
    await running.ended
    minted.push(...tokens)
    unspent.push(...tokens.slice(EACH / 2))
    await start()
  }

  // Those that were spent are served while others, issued before them, still live or have no signature yet.
  const artifactsOf = async () => mustSucceed(await auditor.call('artifacts', { query: { limit: '500' } })).artifacts
  await expect.poll(async () => (await artifactsOf()).length).toBeGreaterThanOrEqual(minted.length / 2)
  await expect
    .poll(async () => (await artifactsOf()).filter(({ signature }) => signature !== null).length)
    .toBe(minted.length)

  const { keys } = mustSucceed(await auditor.call('ledgerKeys'))
  for (const { claims, signature } of await artifactsOf()) {
    const held = await Promise.all(
      keys.map(async ({ kid, alg, public_jwk }) => {
        const header = encoded({ alg, kid, typ: 'approval+jwt' })
        const key = await importJWK({ ...public_jwk } as never, alg)
        return compactVerify(`${header}.${encoded(claims)}.${signature}`, key).then(
          () => true,
          () => false,
        )
      }),
    )
    expect(held).toContain(true)
  }
  const jtis = (await artifactsOf()).map(({ jti }) => jti)
  expect(minted.map(jtiOf).filter((jti) => !jtis.includes(jti))).toEqual([])
  expect(unspent.length).toBeGreaterThan(0)

  const url = settings['COUNTERSIGN_ORIGIN'] ?? ''
  const environment = { COUNTERSIGN_CREDENTIAL: secret, COUNTERSIGN_URL: url }
  const audit = await runCommand(
    ['--json', 'audit', 'verify', url, '--state', join(tmpdir(), `state-${process.pid}`)],
    environment,
  )
  expect(audit.stdout + audit.stderr).not.toMatch(/token_signature/)
})

let secret = ''
async function auditorCredential(operator: Client): Promise<string> {
  const action = {
    name: 'countersign.credential.add',
    resource: 'credential:auditor:revision',
    arguments: { kind: 'auditor', subject: 'revision', expires_in_days: 1 },
    salt: newSalt(),
  }
  secret = mustSucceed(await operator.call('administer', { body: { action } })).credential ?? ''
  return secret
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jtiOf = (token: string) =>
  String(JSON.parse(Buffer.from(base64urlDecode(token.split('.')[1] ?? '')).toString())['jti'])
