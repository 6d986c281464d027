/** A witness cosigns what continues, and nothing else, whoever asks at once; on disk and in memory alike. */
import { mkdtempSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  COSIGNATURE,
  ED25519,
  encodeBase64,
  formatCheckpoint,
  type NoteSigner,
  noteKeyOf,
  openCheckpoint,
  signNote,
} from '@countersign/verifier/proof'
import { beforeAll, describe, expect, it } from 'vitest'
import { createWitness } from '../../src/audit/witness/cosigner.ts'
import { witnessSigner } from '../../src/cli/witness/witness-key.ts'
import { witnessStore } from '../../src/cli/witness/witness-store.ts'
import { leavesUpTo, referenceTree } from '../proof/reference.ts'
import { makeSigner } from '../setup/note-signer.ts'

const LOG = 'approve.example/log'
const NOW = 1_800_000_000
const tree = referenceTree(leavesUpTo(40))
let log: NoteSigner
let stranger: NoteSigner
let signer: NoteSigner

beforeAll(async () => {
  ;[log, stranger, signer] = await Promise.all([makeSigner(LOG), makeSigner(LOG), makeSigner('witness.example/w1')])
})

async function start(folder = mkdtempSync(join(tmpdir(), 'countersign-witness-'))) {
  const store = witnessStore(folder)
  const logs = [await noteKeyOf(log, ED25519)]
  return { folder, store, witness: createWitness({ logs, signer, store, now: () => NOW }) }
}

async function checkpoint(size: number, by: NoteSigner = log, root = tree.root(size), origin = LOG): Promise<string> {
  const text = formatCheckpoint({ origin, size, root })
  return `${text}\n${await signNote(text, by)}`
}

const asking = (old: number | string, note: string, path: readonly Uint8Array[] = []) =>
  `old ${old}\n${path.map((hash) => `${encodeBase64(hash)}\n`).join('')}\n${note}`

const step = async (from: number, to: number) => asking(from, await checkpoint(to), tree.consistency(from, to))

describe('add-checkpoint', () => {
  it('takes either key of a log that changes its own', async () => {
    const [store, next] = [witnessStore(mkdtempSync(join(tmpdir(), 'countersign-witness-'))), await makeSigner(LOG)]
    const logs = await Promise.all([log, next].map((one) => noteKeyOf(one, ED25519)))
    const witness = createWitness({ logs, signer, store, now: () => NOW })
    const statusOf = async (from: number, to: number, by: NoteSigner) =>
      (await witness.addCheckpoint(asking(from, await checkpoint(to, by), tree.consistency(from, to)))).status
    expect(await statusOf(0, 5, log)).toBe(200)
    expect(await statusOf(5, 12, next)).toBe(200)
    expect(await statusOf(12, 40, stranger)).toBe(403)
  })

  it('cosigns the first, the next and the same again', async () => {
    const { witness } = await start()
    for (const [from, to] of [
      [0, 5],
      [5, 12],
      [12, 12],
      [12, 40],
    ] as const) {
      const { status, body } = await witness.addCheckpoint(await step(from, to))
      expect(status).toBe(200)
      const cosigned = `${await checkpoint(to)}${body}`
      const opened = await openCheckpoint(cosigned, await noteKeyOf(log, ED25519), [
        await noteKeyOf(signer, COSIGNATURE),
      ])
      expect(opened.witnesses).toMatchObject([{ signedAt: NOW }])
      expect(await witness.latest(LOG)).toBe(cosigned)
    }
  })

  it('says where it stands to whoever does not know', async () => {
    const { witness } = await start()
    await witness.addCheckpoint(await step(0, 7))
    const answer = await witness.addCheckpoint(await step(0, 12))
    expect(answer).toEqual({ status: 409, type: 'text/x.tlog.size', body: '7\n' })
    expect(await witness.addCheckpoint(await step(5, 12))).toMatchObject({ status: 409, body: '7\n' })
  })

  it.each<[string, number, () => Promise<string>]>([
    ['a log nobody told it of', 404, async () => asking(0, await checkpoint(3, log, tree.root(3), 'b.example/log'))],
    ['a checkpoint the log did not sign', 403, async () => asking(0, await checkpoint(3, stranger))],
    ['an old size beyond the new one', 400, async () => asking(9, await checkpoint(3))],
    ['a proof where none belongs', 422, async () => asking(0, await checkpoint(3), [tree.root(1)])],
    ['an empty tree with a root', 422, async () => asking(0, await checkpoint(0, log, tree.root(1)))],
    ['no old size', 400, async () => (await step(0, 3)).replace('old 0', 'new 0')],
    ['an old size with a leading zero', 400, async () => asking('00', await checkpoint(3))],
    ['sixty-four hashes', 400, async () => asking(0, await checkpoint(3), Array(64).fill(tree.root(1)))],
    ['no checkpoint', 400, async () => 'old 0\n\n'],
    ['nothing', 400, async () => ''],
  ])('refuses %s: %i', async (_, status, body) => {
    const { witness } = await start()
    expect(await witness.addCheckpoint(await body())).toMatchObject({ status })
    expect(await witness.latest(LOG)).toBeNull()
  })

  it.each<[string, () => Promise<string>]>([
    ['a proof that does not hold', async () => asking(7, await checkpoint(12), tree.consistency(6, 12))],
    ['another root for the same size', async () => asking(7, await checkpoint(7, log, tree.root(6)))],
    ['another history', async () => asking(7, await checkpoint(12, log, tree.root(13)), tree.consistency(7, 12))],
  ])('refuses %s, and stays where it was', async (_, body) => {
    const { witness } = await start()
    await witness.addCheckpoint(await step(0, 7))
    expect(await witness.addCheckpoint(await body())).toMatchObject({ status: 422 })
    expect(await witness.latest(LOG)).toContain('\n7\n')
  })

  it('signs one of many that come at once, from two processes', async () => {
    const { witness, folder } = await start()
    const other = (await start(folder)).witness
    await witness.addCheckpoint(await step(0, 7))
    const requests = await Promise.all(Array.from({ length: 20 }, (_, at) => step(7, 8 + at)))
    const answers = await Promise.all(requests.map((body, at) => (at % 2 ? witness : other).addCheckpoint(body)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
  })

  it('remembers across starts, and keeps little', async () => {
    const { witness, folder } = await start()
    for (let size = 1; size <= 10; size++) await witness.addCheckpoint(await step(size - 1, size))
    const again = (await start(folder)).witness
    expect(await again.addCheckpoint(await step(9, 12))).toMatchObject({ status: 409, body: '10\n' })
    expect(await again.addCheckpoint(await step(10, 12))).toMatchObject({ status: 200 })
    const [place = ''] = await readdir(join(folder, 'logs'))
    expect(await readdir(join(folder, 'logs', place))).toHaveLength(2)
  })
})

describe('the key of a witness', () => {
  it('is made once, for its owner alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-witness-'))
    const first = await witnessSigner(folder, 'w.example')
    expect(statSync(join(folder, 'witness-key.jwk')).mode & 0o777).toBe(0o600)
    expect((await witnessSigner(folder, 'w.example')).publicKey).toEqual(first.publicKey)
  })
})
