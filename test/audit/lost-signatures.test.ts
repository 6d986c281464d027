/** Signatures that a dead process did not keep: named as lost, not as forged, and made again after the next start. */
import { parseNoteKey } from '@countersign/verifier/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { httpSource } from '../../src/audit/log/source.ts'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import { approvedToken, type Cast, credentialFor, startCast } from '../http/cast.ts'
import { settle } from '../ledger/ground.ts'
import { mustSucceed, startAuthority, type TestAuthority } from '../setup/authority.ts'
import { nodeCrypto } from './world.ts'

let cast: Cast
let losing = false
let logKey: string
let secret: string
let second: TestAuthority
let unspent: string
let spent: string
beforeAll(async () => {
  logKey = JSON.stringify(await generateLogKey())
  cast = await startCast({
    settings: { COUNTERSIGN_LOG_KEY: logKey },
    withStore: (store) => ({
      ...store,
      recordSignatures: async (minted) => {
        if (!losing) await store.recordSignatures(minted)
      },
    }),
  })
  secret = await credentialFor(cast.authority, cast.ada, 'auditor', 'revision')
  losing = true
  unspent = (await approvedToken(cast.agent, cast.ben)).jti
  const used = await approvedToken(cast.agent, cast.ben)
  spent = used.jti
  mustSucceed(await cast.forum.client.call('redeem', { body: { token: used.token } }))
  losing = false
  await settle(cast.authority.services.ledger, cast.authority.store)
})
afterAll(async () => {
  await second?.stop()
  await cast.authority.stop()
})

async function auditBy(authority: TestAuthority) {
  const source = httpSource({
    url: authority.config.origin,
    fetch: (input, init) => authority.fetch(String(input), init),
    credential: secret,
  })
  const key = await parseNoteKey(String(cast.authority.services.discovery.metadata()['log_vkey']))
  return audit({ source, key, kept: [], crypto: nodeCrypto, now: authority.now() })
}

describe('a signature that was not kept', () => {
  it('is served as the redemption was shown it, at once, while an older token lives', async () => {
    const { artifacts } = mustSucceed(await cast.authority.client(secret).call('artifacts'))
    expect(artifacts.find(({ jti }) => jti === spent)?.signature).toMatch(/^[\w-]{86}$/)
    expect(artifacts.map(({ jti }) => jti)).not.toContain(unspent)
    expect((await auditBy(cast.authority)).findings).toEqual([])
  })

  it('of a token that was never used is named as lost, not as forged', async () => {
    cast.authority.advance(10_000)
    const { findings } = await auditBy(cast.authority)
    expect(findings.map(({ code, subject }) => [code, subject])).toEqual([['token_signature_lost', unspent]])
  })

  it('is made again after the next start, and then nothing is found', async () => {
    const { databaseUrl, config } = cast.authority
    second = await startAuthority({
      databaseUrl: String(databaseUrl),
      settings: { COUNTERSIGN_ORIGIN: config.origin, COUNTERSIGN_LOG_KEY: logKey },
    })
    second.advance(10_011)
    await second.services.sweep()
    await settle(second.services.ledger, second.store)
    cast.authority.advance(20)
    expect((await auditBy(cast.authority)).findings).toEqual([])
  })
})
