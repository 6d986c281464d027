/** Who reads the log: everyone where it is public, else auditors by credential or by session; and the key that signs it. */
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, parseConfig } from '../../src/authority/config.ts'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import { logKeyFile } from '../../src/node/key-files.ts'
import { type Cast, startCast } from '../http/cast.ts'
import { enrolBy, mustSucceed, pageOf } from '../setup/authority.ts'
import { settle, writeEntries } from './ground.ts'

describe('a public log', () => {
  let cast: Cast
  beforeAll(async () => {
    cast = await startCast({ settings: { COUNTERSIGN_LOG_PUBLIC: 'true' } })
    await writeEntries(cast.authority.store, 600)
    await settle(cast.authority.services.ledger, cast.authority.store)
  })
  afterAll(() => cast.authority.stop())
  const get = (path: string) => cast.authority.fetch(cast.authority.config.origin + path)

  it('is read by everyone: whole tiles for ever, what may still grow for a moment', async () => {
    const ages = async (path: string) => (await get(path)).headers.get('cache-control')
    expect(await ages('/log/tile/0/000')).toBe('public, max-age=31536000, immutable')
    expect(await ages('/log/tile/entries/001')).toBe('public, max-age=31536000, immutable')
    expect(await ages('/log/tile/0/002.p/1')).toBe('public, max-age=60')
    expect(await ages('/log/tile/1/000.p/2')).toBe('public, max-age=60')
    const checkpoint = await get('/log/checkpoint')
    expect(checkpoint.headers.get('cache-control')).toBe('public, no-cache')
    expect(checkpoint.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(checkpoint.headers.get('access-control-allow-origin')).toBe('*')
    expect((await get('/ledger/proofs/599')).status).toBe(200)
  })

  it('still keeps what auditors search by to auditors', async () => {
    for (const path of [
      '/ledger/entries',
      '/ledger/artifacts',
      '/ledger/keys',
      '/ledger/export',
      '/ledger/configuration',
    ]) {
      expect((await get(path)).status).toBe(401)
    }
  })

  it('lets an approver with the role of an auditor search, in their session', async () => {
    const rita = await enrolBy(cast.authority, cast.ada, 'Rita Revision', ['auditor'])
    expect(mustSucceed(await rita.page.call('listEntries')).entries).toHaveLength(50)
    expect(await cast.ben.page.call('listEntries')).toMatchObject({ ok: false, status: 403 })
    expect(await pageOf(cast.authority).call('listEntries')).toMatchObject({ ok: false, status: 401 })
  })
})

describe('the key of the log', () => {
  it('is made once, for the owner alone, and refused when others can read it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-log-key-'))
    const key = await logKeyFile(folder)
    expect(await logKeyFile(folder)).toEqual(key)
    expect((await stat(join(folder, 'log-key.jwk'))).mode & 0o777).toBe(0o600)
    await chmod(join(folder, 'log-key.jwk'), 0o644)
    await expect(logKeyFile(folder)).rejects.toThrow(ConfigError)
    await rm(folder, { recursive: true })
  })

  it('may be given, as a private Ed25519 key', async () => {
    const key = await generateLogKey()
    expect(parseConfig({ COUNTERSIGN_LOG_KEY: JSON.stringify(key) }).logKey).toEqual(key)
    const { d: _, ...publicHalf } = key
    for (const wrong of [publicHalf, { ...key, crv: 'P-256' }, 'text', {}]) {
      const reading = () => parseConfig({ COUNTERSIGN_LOG_KEY: JSON.stringify(wrong) })
      expect(reading).toThrow(/^COUNTERSIGN_LOG_KEY: must be a private JWK/)
      expect(reading).not.toThrow(key.d)
    }
  })
})

describe('the witnesses that are configured', () => {
  const vkey = 'good.example+01234567+AAAA'

  it('are urls with their keys', () => {
    const { witnesses } = parseConfig({
      COUNTERSIGN_WITNESSES: `https://a.example/log/ ${vkey}, http://localhost:1 ${vkey}`,
    })
    expect(witnesses).toEqual([
      { url: 'https://a.example/log', vkey },
      { url: 'http://localhost:1', vkey },
    ])
    expect(parseConfig({}).witnesses).toEqual([])
  })

  it.each([`http://a.example ${vkey}`, 'https://a.example', `https://a.example ${vkey} more`, `${vkey}`])(
    'are refused as %j',
    (text) => {
      expect(() => parseConfig({ COUNTERSIGN_WITNESSES: text })).toThrow(/^COUNTERSIGN_WITNESSES: must be/)
    },
  )
})
