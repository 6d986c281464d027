/**
 * Other implementations of the formats read what Countersign serves: the proof of a token and
 * the tiles of a log, read by others' code. `@sigstore/verify` always; the Go project's tlog where Go and it are there.
 */
import { execFile, spawnSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openToken } from '@countersign/verifier'
import { verifyTLogInclusion } from '@sigstore/verify/dist/tlog/index.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { httpSource } from '../../src/audit/log/source.ts'
import { mirror } from '../../src/cli/audit/audit-mirror.ts'
import { keysOf } from '../../src/cli/token/token-checks.ts'
import { approvedToken, type Cast, credentialFor, startCast } from '../http/cast.ts'
import { settle } from '../ledger/ground.ts'
import { mustSucceed, postAction } from '../setup/authority.ts'

const run = promisify(execFile)
const newFolder = () => mkdtempSync(join(tmpdir(), 'countersign-test-'))

let cast: Cast
let secret: string
let vkey: string
/** The proof of the entry of a token that was approved and spent. */
let proof: string
let jti: string

beforeAll(async () => {
  cast = await startCast()
  const { authority, agent, forum, ben } = cast
  secret = await credentialFor(authority, cast.ada, 'auditor', 'revision')
  vkey = String(authority.services.discovery.metadata()['log_vkey'])
  const spent = await approvedToken(agent, ben)
  jti = spent.jti
  mustSucceed(await forum.client.call('redeem', { body: { token: spent.token } }))
  // Three entries each: the log grows past its first full tile.
  for (let n = 0; n < 90; n++) {
    const action = { ...postAction(), name: 'forum.read' }
    mustSucceed(await agent.propose({ body: { audience: forum.audience, action } }))
  }
  await settle(authority.services.ledger, authority.store)
  const { claims } = await openToken(spent.token, await keysOf(agent))
  const headers = { authorization: `Bearer ${secret}` }
  const response = await authority.fetch(`${authority.config.origin}/ledger/proofs/${claims.log.leaf}`, { headers })
  proof = await response.text()
})
afterAll(() => cast.authority.stop())

/** The same file with one byte of its `at`-th hash changed. */
function withAlteredHash(text: string, at: number): string {
  const lines = text.split('\n')
  const line = lines[3 + at] ?? ''
  lines[3 + at] = (line[0] === 'A' ? 'B' : 'A') + line.slice(1)
  return lines.join('\n')
}

const pathLength = () => proof.split('\n\n')[0]?.split('\n').slice(3).length ?? 0

describe('@sigstore/verify', () => {
  it('finds the token in the log, and the checkpoint signed', () => {
    const { body } = verifyWithSigstore(proof)
    expect(JSON.parse(body)).toMatchObject({ type: 'token.issued', jti })
    expect(pathLength()).toBeGreaterThan(7)
  })

  it('refuses the proof when any of its hashes is altered', () => {
    for (let at = 0; at < pathLength(); at++) {
      expect(() => verifyWithSigstore(withAlteredHash(proof, at))).toThrow('calculated root hash does not match')
    }
  })

  it('refuses the proof when the entry or the checkpoint is altered', () => {
    const { body } = verifyWithSigstore(proof)
    const forged = Buffer.from(body.replace('"quorum":1', '"quorum":0')).toString('base64')
    expect(() => verifyWithSigstore(proof.replace(/^extra .*$/m, `extra ${forged}`))).toThrow('does not match')
    const [head, note = ''] = proof.split('\n\n', 2)
    const grown = note.replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) + 1}\n`)
    expect(() => verifyWithSigstore(proof.replace(`${head}\n\n${note}`, `${head}\n\n${grown}`))).toThrow(
      'invalid checkpoint signature',
    )
  })
})

/** Reads a .tlog-proof by its lines, with nothing of ours, and hands it to sigstore's log verification. */
function verifyWithSigstore(text: string): { readonly body: string } {
  const end = text.indexOf('\n\n')
  const [, extra = '', index = '', ...hashes] = text.slice(0, end).split('\n')
  const envelope = text.slice(end + 2)
  const [, name = '', id = '', typed = ''] = /^(.+?)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? []
  const x = Buffer.from(typed, 'base64').subarray(1).toString('base64url')
  const authority = {
    logID: Buffer.from(id, 'hex'),
    baseURL: name,
    publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    validFor: { start: new Date(0), end: new Date(8.64e15) },
  }
  const canonicalizedBody = Buffer.from(extra.replace('extra ', ''), 'base64')
  const inclusionProof = {
    logIndex: index.replace('index ', ''),
    hashes: hashes.map((hash) => Buffer.from(hash, 'base64')),
    checkpoint: { envelope },
  }
  verifyTLogInclusion({ canonicalizedBody, inclusionProof } as unknown as LogEntry, [authority])
  return { body: canonicalizedBody.toString() }
}

type LogEntry = Parameters<typeof verifyTLogInclusion>[0]

const goEnvironment = {
  ...process.env,
  // Debian ships the Go project's modules as sources below this path.
  GO111MODULE: 'off',
  GOFLAGS: '',
  GOPATH: `${process.env['GOPATH'] ?? join(homedir(), 'go')}:/usr/share/gocode`,
}
const hasGo = spawnSync('go', ['list', 'golang.org/x/mod/sumdb/tlog'], { env: goEnvironment }).status === 0

describe.skipIf(!hasGo)('golang.org/x/mod/sumdb', () => {
  const program = join(newFolder(), 'foreign')
  const ask = async (...args: string[]) => {
    const { stdout } = await run(program, args)
    return stdout
  }
  const proofFile = (text: string) => {
    const file = join(newFolder(), 'token.tlog-proof')
    writeFileSync(file, text)
    return file
  }

  beforeAll(async () => {
    const source = fileURLToPath(new URL('go/main.go', import.meta.url))
    await run('go', ['build', '-o', program, source], { env: goEnvironment })
  })

  it('finds the token in the log, and the checkpoint signed', async () => {
    expect(await ask('proof', vkey, proofFile(proof))).toMatch(
      new RegExp(`^entry \\d+ of \\d+ proven: \\{.*"jti":"${jti}".*"type":"token.issued"`),
    )
  })

  it('refuses the proof when any of its hashes is altered', async () => {
    for (let at = 0; at < pathLength(); at++) {
      await expect(ask('proof', vkey, proofFile(withAlteredHash(proof, at)))).rejects.toThrow('invalid')
    }
  })

  it('reads the tiles of the log, full and partial, and no others', async () => {
    const folder = newFolder()
    const { authority } = cast
    const fetchFrom = (input: string | URL | Request, init?: RequestInit) => authority.fetch(String(input), init)
    const source = httpSource({ url: authority.config.origin, fetch: fetchFrom, credential: secret })
    await mirror({ source, folder, now: authority.now(), onProgress: () => {} })
    const log = join(folder, 'log')
    const [, count = ''] = /^(\d+) entries lead to /.exec(await ask('log', vkey, log)) ?? []
    expect(Number(count)).toBeGreaterThan(256)

    const altered = newFolder()
    cpSync(log, altered, { recursive: true })
    const tile = join(altered, 'tile/entries/000')
    writeFileSync(tile, readFileSync(tile, 'latin1').replace('"forum.read"', '"forum.post"'), 'latin1')
    await expect(ask('log', vkey, altered)).rejects.toThrow('is not what the tree holds')
  })
})
