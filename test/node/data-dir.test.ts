/** A data directory that cannot serve is refused in words: keys that are none, places that cannot be written. */
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/authority/config.ts'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { startServer } from '../../src/node/server.ts'
import { freePort } from '../setup/authority.ts'
import { migratedDatabase, type TestDatabase } from '../setup/postgres.ts'

let database: TestDatabase
let dataDir: string
beforeAll(async () => {
  database = await migratedDatabase()
})
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'countersign-test-'))
})
afterAll(() => database.drop())

async function refusal(directory = dataDir): Promise<unknown> {
  const settings = {
    COUNTERSIGN_ORIGIN: `http://localhost:${await freePort()}`,
    COUNTERSIGN_DATA_DIR: directory,
    COUNTERSIGN_LOG_LEVEL: 'silent',
    DATABASE_URL: database.url,
  }
  return startServer(settings).then(
    (server) => server.stop().then(() => 'started'),
    (error: unknown) => error,
  )
}

const BOM = '\u{feff}'

describe('a key file', () => {
  const files = ['log-key.jwk', 'log-key-next.jwk', 'vapid-key.jwk', 'webhook-key.jwk', 'signing-keys/a.jwk']

  it.each(files)('%s with a byte order mark is named, and how to mend it', async (name) => {
    const key = name.startsWith('signing') ? await generateSigningKey('ES256') : await generateLogKey()
    mkdirSync(join(dataDir, 'signing-keys'), { mode: 0o700 })
    writeFileSync(join(dataDir, name), `${BOM}${JSON.stringify(key)}`, { mode: 0o600 })
    const error = await refusal()
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toMatch(new RegExp(`${name}: begins with a byte order mark. Save it as UTF-8 without one.`))
    expect(String(error)).not.toContain(key.d)
  })

  it.each(files)('%s that holds no key is named', async (name) => {
    mkdirSync(join(dataDir, 'signing-keys'), { mode: 0o700 })
    for (const text of ['', '{', '{"kty":"RSA"}', '-----BEGIN PRIVATE KEY-----']) {
      writeFileSync(join(dataDir, name), text, { mode: 0o600 })
      const error = await refusal()
      expect(error).toBeInstanceOf(ConfigError)
      expect(String(error)).toMatch(new RegExp(`${name}: must be a private JWK`))
    }
  })

  it('of the operator that holds no credential is named; a byte order mark is no harm to it', async () => {
    const file = join(dataDir, 'operator-credential')
    writeFileSync(file, 'cs_agent_nonsense', { mode: 0o600 })
    expect(String(await refusal())).toMatch(/operator-credential: must hold cs_operator_/)
    writeFileSync(file, `${BOM}cs_operator_${'A'.repeat(43)}\n`)
    expect(await refusal()).toBe('started')
  })

  it('that others can read is named, and how to mend it', async () => {
    const file = join(dataDir, 'webhook-key.jwk')
    writeFileSync(file, JSON.stringify(await generateLogKey()))
    chmodSync(file, 0o644)
    expect(String(await refusal())).toContain(`chmod 600 ${file}`)
  })

  it('that is a directory is no stack', async () => {
    mkdirSync(join(dataDir, 'webhook-key.jwk'), { mode: 0o700 })
    expect(await refusal()).toBeInstanceOf(ConfigError)
  })
})

describe('a data directory', () => {
  it.each([
    ['on a file system that takes no files', '/sys/countersign', /COUNTERSIGN_DATA_DIR: .* \((EROFS|EACCES|EPERM)\)/],
    ['below a file', '/dev/null/countersign', /COUNTERSIGN_DATA_DIR: .* is no directory/],
    ['that is a file', '/dev/null', /COUNTERSIGN_DATA_DIR: .* is no directory/],
  ])('%s is refused in words', async (_, directory, words) => {
    const error = await refusal(directory)
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toMatch(words)
  })
})
