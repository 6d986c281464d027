/** The door under load: an export that holds no more than a page, new work refused while the log is behind, witnesses. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  COSIGNATURE,
  cosign,
  decodeBase64,
  formatNoteKey,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  parseNoteKey,
  verifyConsistency,
} from '@countersign/verifier/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, credentialFor, propose, startCast } from '../http/cast.ts'
import { bearer } from '../http/raw.ts'
import { makeSigner } from '../setup/note-signer.ts'
import { entry } from '../store/fixtures.ts'
import { eventually, settle, writeEntries } from './ground.ts'

describe('an export', () => {
  let cast: Cast
  let secret: string
  beforeAll(async () => {
    cast = await startCast()
    secret = await credentialFor(cast.authority, cast.ada, 'auditor', 'revision')
    await writeEntries(cast.authority.store, 20_000)
    await settle(cast.authority.services.ledger, cast.authority.store)
  })
  afterAll(() => cast.authority.stop())

  async function exported(cancelAfter = Number.POSITIVE_INFINITY) {
    const response = await cast.authority.app.request('/ledger/export', { headers: bearer(secret) })
    const reader = response.body?.getReader()
    let [bytes, largest, chunks] = [0, 0, 0]
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      bytes += part.value.length
      largest = Math.max(largest, part.value.length)
      if (++chunks >= cancelAfter) await reader?.cancel()
    }
    return { bytes, largest, chunks }
  }

  it('comes in pieces of a page, however long it is', async () => {
    const { bytes, largest } = await exported()
    expect(bytes).toBeGreaterThan(4_000_000)
    expect(largest).toBeLessThan(200_000)
  })

  it('is read no further than it is taken', async () => {
    const asked: number[] = []
    const { search } = cast.authority.store
    const counted = async () => {
      const before = asked.length
      await exported(2)
      return asked.length - before
    }
    Object.assign(cast.authority.store, {
      search: (...args: Parameters<typeof search>) => {
        asked.push(1)
        return search(...args)
      },
    })
    expect(await counted()).toBeLessThan(6)
    Object.assign(cast.authority.store, { search })
  })

  it('keeps no memory of what it has sent', async () => {
    await exported()
    const before = process.memoryUsage().heapUsed
    let most = 0
    const watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed - before)
    }, 20)
    for (let round = 0; round < 3; round++) await exported()
    clearInterval(watching)
    expect(most).toBeLessThan(80 * 1024 * 1024)
  })
})

describe('new work, while the log is behind', () => {
  it('is refused with a time to come back; what ends work is not', async () => {
    const cast = await startCast()
    const waiting = await propose(cast.agent)
    const many = Array.from({ length: 4200 }, () => entry('token.refused'))
    const holder = cast.authority.database.candidacy('countersign/log')
    await holder.stand()
    await cast.authority.store.appendEntries(many)
    const stop = cast.authority.services.ledger.start()
    await eventually(async () => cast.authority.services.ledger.isFull())
    const refused = await cast.agent.propose({ body: { audience: cast.forum.audience, action: waiting.action } })
    expect(refused).toMatchObject({
      ok: false,
      status: 503,
      problem: { code: 'authority_unreachable', retryAfterSeconds: 2 },
    })
    expect(await cast.ben.page.call('deny', { params: { id: waiting.id }, body: {} })).toMatchObject({ ok: true })
    await holder.withdraw()
    await eventually(async () => !cast.authority.services.ledger.isFull())
    await propose(cast.agent)
    await stop()
    await cast.authority.stop()
  })
})

describe('witnesses', () => {
  it('cosign what continues what they saw, and one that hangs holds nobody up', async () => {
    const good = await startWitness('good.example')
    const hanging = createServer(() => {})
    await new Promise<void>((resolve) => hanging.listen(0, 'localhost', resolve))
    const { port } = hanging.address() as AddressInfo
    const other = await startWitness('hanging.example')
    const witnesses = `${good.url} ${good.vkey}, http://localhost:${port} ${other.vkey}`
    const cast = await startCast({ settings: { COUNTERSIGN_WITNESSES: witnesses } })
    const secret = await credentialFor(cast.authority, cast.ada, 'auditor', 'revision')
    const auditor = cast.authority.client(secret)
    await settle(cast.authority.services.ledger, cast.authority.store)
    await propose(cast.agent)
    await settle(cast.authority.services.ledger, cast.authority.store)
    const key = await parseNoteKey(String(cast.authority.services.discovery.metadata()['log_vkey']))
    const note = async () => String(((await auditor.call('checkpoint')) as { value: unknown }).value)
    const cosigners = async () => (await openCheckpoint(await note(), key, [good.key])).witnesses
    await eventually(async () => (await cosigners()).length === 1)
    const proof = await auditor.call('proof', { params: { id: '0' } })
    expect(String((proof as { value: unknown }).value)).toContain('— good.example ')
    expect(good.sizes.length).toBeGreaterThanOrEqual(1)
    hanging.closeAllConnections()
    await Promise.all([good.server, other.server, hanging].map((server) => new Promise((done) => server.close(done))))
    await cast.authority.stop()
  })
})

/** A witness as tlog-witness has it, which has seen nothing yet and says so. */
async function startWitness(name: string) {
  const signer = await makeSigner(name)
  const vkey = await formatNoteKey(name, COSIGNATURE, signer.publicKey)
  const sizes: number[] = []
  let last = { size: 0, root: new Uint8Array() as Uint8Array }
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request
      .on('data', (chunk) => chunks.push(chunk))
      .on('end', async () => {
        const [head = '', ...rest] = Buffer.concat(chunks).toString().split('\n\n')
        const [old = '', ...path] = head.split('\n')
        const { text } = parseNote(rest.join('\n\n'))
        const { size, root } = parseCheckpoint(text)
        if (Number(old.slice('old '.length)) !== last.size) {
          response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${last.size}\n`)
          return
        }
        if (last.size > 0) {
          await verifyConsistency({
            oldSize: last.size,
            oldRoot: last.root,
            newSize: size,
            newRoot: root,
            path: path.map(decodeBase64),
          })
        }
        last = { size, root }
        sizes.push(size)
        response.end(await cosign(text, signer, Math.floor(Date.now() / 1000)))
      })
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://localhost:${port}`, vkey, key: await parseNoteKey(vkey), sizes, server }
}
