/** A log that changes its key: announced under the old one, signed by both for a while, then by the new one alone. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  ED25519,
  formatNoteKey,
  type NoteSigner,
  noteKeyOf,
  openCheckpoint,
  parseNote,
  parseNoteKey,
  signNote,
} from '@countersign/verifier/proof'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { httpSource } from '../../src/audit/log/source.ts'
import { proveFromOutside } from '../../src/authority/proof/prove-from-outside.ts'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { generateLogKey, type LogJwk } from '../../src/domain/ledger/log-key.ts'
import { runCommand } from '../cli/run-command.ts'
import { approvedToken, type Cast, credentialFor, startCast } from '../http/cast.ts'
import { settle } from '../ledger/ground.ts'
import { administer, mustSucceed, startAuthority, type TestAuthority } from '../setup/authority.ts'
import { makeSigner } from '../setup/note-signer.ts'
import { createWorld, ISSUER, LATER, nodeCrypto, ORIGIN, type Served, sourceOf, type World } from './world.ts'

vi.setConfig({ testTimeout: 120_000 })

const LONG_AGO = 1_600_000_000
const vkeyOf = ({ name, publicKey }: NoteSigner) => formatNoteKey(name, ED25519, publicKey)

async function announce(world: World, vkey: string, approved = true): Promise<void> {
  const { id } = await world.request({
    by: [approved ? world.ada : world.ben],
    executor: ISSUER,
    name: 'countersign.key.rotate',
  })
  world.write('key.rotated', { request: id, log_vkey: vkey }, traceOf(id))
}

const run = async (world: World, source: Served, announced: Parameters<typeof audit>[0]['announced'] = []) =>
  audit({ source, key: world.logKey, announced, kept: [], crypto: nodeCrypto, now: LATER })

describe('an audit', () => {
  it('learns the next key from a log that announced it with approval, and from no other', async () => {
    const [honest, seized, next] = [await createWorld(), await createWorld(), await makeSigner(ORIGIN)]
    await announce(honest, await vkeyOf(next))
    await announce(seized, await vkeyOf(next), false)
    expect(await run(honest, await honest.source())).toMatchObject({ total: 0, logKeys: [await vkeyOf(next)] })
    expect(await run(seized, await seized.source())).toMatchObject({
      counts: { change_without_approval: 1 },
      logKeys: [],
    })
  })

  it('goes on with the next key where that was announced, and not where it was not', async () => {
    const [world, next] = [await createWorld(), await makeSigner(ORIGIN)]
    const source = await sourceOf(world, world.entries, next)
    expect((await run(world, source)).counts).toEqual({ checkpoint_signature: 1 })
    expect((await run(world, source, [await noteKeyOf(next, ED25519)])).total).toBe(0)
  })
})

describe('audit verify', () => {
  const temporary = () => mkdtempSync(join(tmpdir(), 'countersign-audit-'))

  async function folderOf(world: World, signers: readonly NoteSigner[]): Promise<string> {
    const [folder, source] = [temporary(), await world.source()]
    const { text } = parseNote(source.note)
    const lines = await Promise.all(signers.map((signer) => signNote(text, signer)))
    const put = (path: string, content: string | Uint8Array) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    put('log/checkpoint', `${text}\n${lines.join('')}`)
    for (const [path, bytes] of source.files) put(`log/${path}`, bytes)
    put('ledger/keys.json', JSON.stringify({ keys: await source.keys() }))
    put('ledger/artifacts.jsonl', world.artifacts.map((artifact) => `${JSON.stringify(artifact)}\n`).join(''))
    return folder
  }

  it('follows a log from one key to the next, with what it kept from before', async () => {
    const [world, next, state] = [await createWorld(LONG_AGO), await makeSigner(ORIGIN), temporary()]
    const verify = async (signers: readonly NoteSigner[], folder = state, ...more: string[]) =>
      runCommand(['audit', 'verify', await folderOf(world, signers), '--state', folder, ...more])
    const first = await verify([world.log], state, '--vkey', await vkeyOf(world.log))
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('Nothing was found')])

    await announce(world, await vkeyOf(next))
    const both = await verify([world.log, next])
    expect([both.code, both.stderr]).toEqual([0, expect.stringContaining(await vkeyOf(next))])

    await world.request()
    const alone = await verify([next])
    expect([alone.code, alone.stderr]).toEqual([0, ''])
    expect(alone.stdout).toContain('2 checkpoints compared')

    const latecomer = await verify([next], temporary(), '--vkey', await vkeyOf(world.log))
    expect([latecomer.code, latecomer.stdout]).toEqual([1, expect.stringContaining('checkpoint_signature')])
  })
})

describe('the authority', () => {
  let cast: Cast
  afterEach(() => cast.authority.stop())

  const signerOf = (jwk: LogJwk, name: string) => formatNoteKey(name, ED25519, Buffer.from(jwk.x, 'base64url'))

  it('announces the key that an admin approved, and signs with both that it is given', async () => {
    const [key, next] = await Promise.all([generateLogKey(), generateLogKey()])
    cast = await startCast({
      settings: { COUNTERSIGN_LOG_KEY: JSON.stringify(key), COUNTERSIGN_LOG_KEY_NEXT: JSON.stringify(next) },
    })
    const { authority, ada } = cast
    const secret = await credentialFor(authority, ada, 'auditor', 'revision')
    const name = `${new URL(authority.config.origin).host}/log`
    const [vkey, nextVkey] = await Promise.all([signerOf(key, name), signerOf(next, name)])
    const change = { name: 'countersign.key.rotate', resource: 'log', arguments: { log_vkey: nextVkey } }
    expect(await administer(authority, ada, change)).toMatchObject({ subject: nextVkey })
    await settle(authority.services.ledger, authority.store)

    expect(authority.services.discovery.metadata()).toMatchObject({ log_vkey: vkey, log_vkeys: [vkey, nextVkey] })
    const fetchFrom = (input: string | URL | Request, init?: RequestInit) => authority.fetch(String(input), init)
    const source = httpSource({ url: authority.config.origin, fetch: fetchFrom, credential: secret })
    const note = await source.checkpoint()
    for (const one of [vkey, nextVkey]) {
      expect((await openCheckpoint(note, await parseNoteKey(one))).origin).toBe(name)
    }
    const found = await audit({
      source,
      key: await parseNoteKey(vkey),
      kept: [],
      crypto: nodeCrypto,
      now: authority.now(),
    })
    expect(found).toMatchObject({ total: 0, logKeys: [nextVkey] })
  })

  it('seals credentials and its own keys with both at a start with both, so that seals outlive the first', async () => {
    const [key, next] = (await Promise.all([generateLogKey(), generateLogKey()])).map((jwk) => JSON.stringify(jwk))
    cast = await startCast({ settings: { COUNTERSIGN_LOG_KEY: String(key) } })
    const { databaseUrl } = cast.authority
    const secret = await credentialFor(cast.authority, cast.ada, 'auditor', 'revision')
    await settle(cast.authority.services.ledger, cast.authority.store)
    const { request, token } = await approvedToken(cast.agent, cast.ben)
    mustSucceed(await cast.forum.client.call('redeem', { body: { token } }))
    await administer(cast.authority, cast.ada, {
      name: 'countersign.payload.erase',
      resource: `payloads:request:${request.id}`,
      arguments: { rule: 'request', request: request.id },
    })
    await settle(cast.authority.services.ledger, cast.authority.store)
    for (let sweeps = 0; sweeps < 3; sweeps++) await cast.authority.services.sweep()
    await settle(cast.authority.services.ledger, cast.authority.store)
    const restart = async (settings: Record<string, string>) => {
      const again = await startAuthority({
        databaseUrl: String(databaseUrl),
        settings: { ...settings, COUNTERSIGN_ORIGIN: cast.authority.config.origin },
      })
      await settle(again.services.ledger, again.store)
      return again
    }
    /** What an audit of the configuration finds that trusts these keys, the first before all. */
    const provenBy = async (authority: TestAuthority, keys: readonly string[]) => {
      const name = `${new URL(authority.config.origin).host}/log`
      const parsed = keys.map(async (one) => parseNoteKey(await signerOf(JSON.parse(one), name)))
      const [first, ...announced] = await Promise.all(parsed)
      if (!first) throw new Error('no key')
      const fetchFrom = (input: string | URL | Request, init?: RequestInit) => authority.fetch(String(input), init)
      const source = httpSource({ url: authority.config.origin, fetch: fetchFrom, credential: secret })
      const trusted = { key: first, announced, kept: [], crypto: nodeCrypto, now: authority.now() }
      const result = await audit({ source, ...trusted, proveConfiguration: proveFromOutside })
      expect(result.configuration?.rows).toBeGreaterThan(5)
      return result.findings
    }
    const both = await restart({ COUNTERSIGN_LOG_KEY: String(key), COUNTERSIGN_LOG_KEY_NEXT: String(next) })
    const alone = await restart({ COUNTERSIGN_LOG_KEY: String(next) })
    try {
      mustSucceed(await alone.operator.call('listAgents'))
      const { requests } = mustSucceed(await alone.client(cast.agentSecret).call('listRequests'))
      expect(requests.find(({ id }) => id === request.id)).toMatchObject({ erased: true, altered: false })
      expect(await provenBy(alone, [String(next)])).toEqual([])
      expect(await provenBy(alone, [String(next), String(key)])).toEqual([])
    } finally {
      await Promise.all([both.stop(), alone.stop()])
    }
  })

  it('announces no key that is none of its log', async () => {
    cast = await startCast()
    const { authority, ada } = cast
    const foreign = await signerOf(await generateLogKey(), 'other.example/log')
    for (const vkey of [foreign, 'nonsense', `${authority.config.origin}+00000000+AA==`]) {
      const change = { name: 'countersign.key.rotate', resource: 'log', arguments: { log_vkey: vkey } }
      await expect(administer(authority, ada, change)).rejects.toThrow('invalid_request')
    }
  })
})
