/** `audit verify`, `audit report`, `proof verify` and `witness` as a shell runs them, on folders and over HTTP. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ED25519, formatNoteKey, formatTlogProof, type NoteSigner } from '@countersign/verifier/proof'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { runCommand, startCommand } from '../cli/run-command.ts'
import { leafOf, referenceTree } from '../proof/reference.ts'
import { freePort } from '../setup/authority.ts'
import { makeSigner } from '../setup/note-signer.ts'
import { waitFor } from '../setup/wait-for.ts'
import { createWorld, type Served, sourceOf, type World } from './world.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Long enough ago for every token to have ended. */
const LONG_AGO = 1_600_000_000
const temporary = () => mkdtempSync(join(tmpdir(), 'countersign-audit-'))
const vkeyOf = (signer: NoteSigner, name = signer.name) => formatNoteKey(name, ED25519, signer.publicKey)

async function busy(): Promise<World> {
  const world = await createWorld(LONG_AGO)
  for (let count = 0; count < 60; count++) await world.request({ by: [world.ada] })
  return world
}

async function folderOf(world: World, source: Served): Promise<string> {
  const folder = temporary()
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  put('log/checkpoint', source.note)
  for (const [path, bytes] of source.files) put(`log/${path}`, bytes)
  put('ledger/keys.json', JSON.stringify({ keys: await source.keys() }))
  put('ledger/artifacts.jsonl', world.artifacts.map((artifact) => `${JSON.stringify(artifact)}\n`).join(''))
  return folder
}

describe('audit verify FOLDER', () => {
  it('finds nothing in an honest log, on every core', async () => {
    const world = await busy()
    const folder = await folderOf(world, await world.source())
    const state = temporary()
    const { code, stdout, stderr } = await runCommand([
      'audit',
      'verify',
      folder,
      '--vkey',
      await vkeyOf(world.log),
      '--state',
      state,
    ])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('61 of 61 checked')
    expect(stdout).toContain('✔ Nothing was found.')
  })

  it('ends with 1 for findings, and lists them for programs', async () => {
    const world = await busy()
    const first = world.artifacts[0]
    world.artifacts.splice(0, 1, JSON.parse(JSON.stringify(first).replace('"sub":"zoe"', '"sub":"joe"')))
    const folder = await folderOf(world, await world.source())
    const { code, stdout } = await runCommand([
      'audit',
      'verify',
      folder,
      '--json',
      '--vkey',
      await vkeyOf(world.log),
      '--state',
      temporary(),
    ])
    expect(code).toBe(1)
    expect(Object.keys(JSON.parse(stdout).counts)).toEqual(expect.arrayContaining(['token_signature', 'token_claims']))
  })

  it('does not take a folder’s word for its own key', async () => {
    const world = await busy()
    const folder = await folderOf(world, await world.source())
    const { code, stderr } = await runCommand(['audit', 'verify', folder, '--state', temporary()])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--vkey')])
  })

  it('ends with 1 where there is no log', async () => {
    const { code, stderr } = await runCommand(['audit', 'verify', temporary(), '--state', temporary()])
    expect([code, stderr]).toEqual([1, expect.stringContaining('holds no log')])
  })
})

// ── over HTTP ────────────────────────────────────────────────────────────

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** An authority as an auditor sees it. What it serves can be changed while it runs. */
async function authority(world: World) {
  const port = await freePort()
  const asked: string[] = []
  const state = { source: await world.source(), credential: 'cs_auditor_secret', vkey: '' }
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    asked.push(path)
    const isPublic = path.startsWith('/.well-known')
    if (!isPublic && request.headers.authorization !== `Bearer ${state.credential}`)
      return response.writeHead(401).end()
    const body = await bodyOf(path)
    if (body === null) response.writeHead(404).end()
    else response.writeHead(200).end(body)
  })
  async function bodyOf(path: string): Promise<string | Uint8Array | null> {
    if (path === '/log/checkpoint') return state.source.note
    if (path === '/ledger/keys') return JSON.stringify({ keys: await state.source.keys() })
    if (path === '/ledger/artifacts') return JSON.stringify({ artifacts: world.artifacts, next: null })
    if (path === '/.well-known/oauth-authorization-server') {
      return JSON.stringify({ log_origin: `localhost:${port}/log`, log_vkey: state.vkey })
    }
    return state.source.files.get(path.slice('/log/'.length)) ?? null
  }
  server.listen(port, 'localhost')
  servers.push(server)
  const log = { ...world.log, name: `localhost:${port}/log` }
  state.vkey = await vkeyOf(log)
  return { url: `http://localhost:${port}`, asked, state, log, origin: log.name }
}

describe('audit verify URL', () => {
  it('trusts on first use, says so, and from then on remembers', async () => {
    const world = await busy()
    const place = await authority(world)
    place.state.source = await sourceOf(world, world.entries, place.log, place.origin)
    const folder = temporary()
    const verify = (...more: string[]) =>
      runCommand(['audit', 'verify', place.url, '--json', '--state', folder, ...more], {
        COUNTERSIGN_URL: place.url,
        COUNTERSIGN_CREDENTIAL: place.state.credential,
      })
    const first = await verify()
    expect(first.stderr).toContain('trusted on first use')
    expect(JSON.parse(first.stdout)).toMatchObject({ trust_on_first_use: true, rebuilt: true, earlier_checkpoints: 0 })

    place.asked.length = 0
    await world.request({ by: [world.ben] })
    place.state.source = await sourceOf(world, world.entries, place.log, place.origin)
    const second = await verify()
    expect(second.stderr).toBe('')
    expect(JSON.parse(second.stdout)).toMatchObject({
      trust_on_first_use: false,
      rebuilt: true,
      earlier_checkpoints: 1,
    })
    // Full tiles were there already.
    expect(place.asked).not.toContain('/log/tile/entries/000')

    place.state.vkey = await vkeyOf(await makeSigner(place.origin))
    const other = await verify('--vkey', place.state.vkey)
    expect([other.code, JSON.parse(other.stdout).error.detail]).toEqual([1, expect.stringContaining('was another')])
  })

  it('trusts no key of a log that it could not read, or whose checkpoint another key signed', async () => {
    const world = await createWorld(LONG_AGO)
    const place = await authority(world)
    const folder = temporary()
    const verify = (credential: string) =>
      runCommand(['audit', 'verify', place.url, '--state', folder], {
        COUNTERSIGN_URL: place.url,
        COUNTERSIGN_CREDENTIAL: credential,
      })
    const refused = await verify('cs_auditor_other')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('answered 401')])
    expect(refused.stderr).not.toContain('first use')

    place.state.vkey = await vkeyOf(await makeSigner(place.origin))
    place.state.source = await sourceOf(world, world.entries, place.log, place.origin)
    const unsigned = await verify(place.state.credential)
    expect([unsigned.code, unsigned.stderr]).toEqual([1, ''])
    expect(unsigned.stdout).toContain('not pinned: it did not sign the checkpoint')
    expect(existsSync(join(folder, encodeURIComponent(place.origin), 'vkey'))).toBe(false)
  })

  it('shouts about a fork, and keeps the evidence', async () => {
    const world = await busy()
    const place = await authority(world)
    place.state.source = await sourceOf(world, world.entries, place.log, place.origin)
    const folder = temporary()
    const verify = () =>
      runCommand(['audit', 'verify', place.url, '--state', folder], {
        COUNTERSIGN_URL: place.url,
        COUNTERSIGN_CREDENTIAL: place.state.credential,
      })
    await verify()
    const rewritten = world.entries.with(1, world.entries[2] ?? new Uint8Array())
    place.state.source = await sourceOf(world, [...rewritten, ...world.entries.slice(-1)], place.log, place.origin)
    const { code, stdout } = await verify()
    expect(code).toBe(1)
    expect(stdout).toContain('TWO HISTORIES UNDER ITS OWN SIGNATURE')
    const kept = join(folder, encodeURIComponent(place.origin))
    const [saved = ''] = readdirSync(join(kept, 'evidence'))
    const files = readdirSync(join(kept, 'evidence', saved))
    expect(files).toEqual(
      expect.arrayContaining(['1-fork-before.checkpoint', '1-fork-now.checkpoint', 'findings.json']),
    )
    expect(readdirSync(kept).some((name) => name.startsWith('mirror-before-'))).toBe(true)
    expect(readdirSync(join(kept, 'checkpoints'))).toHaveLength(1)
  })

  it('ends with 1 without a credential, and with 5 where nobody answers', async () => {
    const world = await busy()
    const { url } = await authority(world)
    const refused = await runCommand(['audit', 'verify', url, '--state', temporary()])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('COUNTERSIGN_CREDENTIAL')])
    const nobody = await runCommand(['audit', 'verify', `http://localhost:${await freePort()}`, '--state', temporary()])
    expect([nobody.code, nobody.stderr]).toEqual([5, expect.stringContaining('cannot be reached')])
  })
})

describe('audit report', () => {
  it('writes a page', async () => {
    const world = await busy()
    const folder = await folderOf(world, await world.source())
    const out = join(temporary(), 'report.html')
    const { code } = await runCommand([
      ...['audit', 'report', folder, '--from', '2020-01-01', '--to', '2021-01-01', '--out', out],
      ...['--vkey', await vkeyOf(world.log), '--state', temporary()],
    ])
    expect(code).toBe(0)
    expect(readFileSync(out, 'utf8')).toContain('Nothing was found.')
  })

  it('is about the last whole month where no period is given, and says so', async () => {
    const world = await busy()
    const folder = await folderOf(world, await world.source())
    const where = [folder, '--vkey', await vkeyOf(world.log), '--state', temporary()]
    const out = join(temporary(), 'report.html')
    const { code, stdout, stderr } = await runCommand(['audit', 'report', ...where, '--out', out, '--json'])
    expect(code).toBe(0)
    const { from, to } = JSON.parse(stdout)
    const date = new Date(to * 1000)
    expect([date.getUTCDate(), new Date(from * 1000).getUTCDate()]).toEqual([1, 1])
    expect((date.getUTCMonth() + 11) % 12).toBe(new Date(from * 1000).getUTCMonth())
    const [first, last] = [from, to].map((at) => new Date(at * 1000).toISOString().slice(0, 10))
    expect(stderr).toContain(`The report is about ${first} 00:00:00Z to ${last} 00:00:00Z.`)
  })
})

describe('proof verify', () => {
  async function proofOf(world: World, index: number) {
    const entry = world.entries[index] ?? new Uint8Array()
    const path = referenceTree(world.entries.map(leafOf)).inclusion(index, world.entries.length)
    return formatTlogProof({ extra: entry, index, path, checkpoint: (await world.source()).note })
  }

  it('proves one entry offline, and refuses the proof of another', async () => {
    const world = await busy()
    const file = join(temporary(), 'entry.tlog-proof')
    const vkey = await vkeyOf(world.log)
    writeFileSync(file, await proofOf(world, 7))
    const good = await runCommand(['proof', 'verify', file, '--vkey', vkey, '--json'])
    expect([good.code, JSON.parse(good.stdout)]).toEqual([0, expect.objectContaining({ index: 7, witnesses: 0 })])
    writeFileSync(file, (await proofOf(world, 7)).replace('index 7', 'index 8'))
    const bad = await runCommand(['proof', 'verify', file, '--vkey', vkey])
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('It proves nothing')])
  })
})

describe('witness', () => {
  it('cosigns over HTTP, and serves what it saw last', async () => {
    const world = await busy()
    const folder = temporary()
    const port = await freePort()
    const command = startCommand([
      ...['witness', '--name', 'w.example', '--log', await vkeyOf(world.log), '--folder', folder],
      ...['--port', String(port), '--json'],
    ])
    await waitFor(() => expect(command.stdout()).toContain('vkey'))
    const { note } = await world.source()
    const ask = (body: string) => fetch(`http://localhost:${port}/add-checkpoint`, { method: 'POST', body })
    const cosigned = await ask(`old 0\n\n${note}`)
    expect([cosigned.status, await cosigned.text()]).toEqual([200, expect.stringMatching(/^— w\.example \S+\n$/)])
    const again = await ask(`old 0\n\n${note}`)
    expect([again.status, again.headers.get('content-type')]).toEqual([409, 'text/x.tlog.size'])
    expect(existsSync(join(folder, 'witness-key.jwk'))).toBe(true)
    command.signal('SIGTERM')
    expect((await command.ended).code).toBe(0)
  })
})
