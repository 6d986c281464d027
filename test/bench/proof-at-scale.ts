/** How long an inclusion proof takes from a log of millions, over HTTP, each of another entry. */
import { leafHash, parseTlogProof, verifyTlogProof } from '@countersign/verifier/proof'
import { type Bench, figure, median, quantile } from './harness.ts'
import { get, load } from './load.ts'
import { type LongLog, longLog } from './long-log.ts'

const PROOFS = 4000
const WARM_UP = 500
const CONNECTIONS = 2

export const proofAtScale: Bench = {
  name: 'proof-at-10m',
  about: '99th percentile of milliseconds for a proof from a log of 10,000,000 entries, by index and by leaf hash',
  onlyByName: true,
  async run(ground) {
    const log = await longLog(ground)
    const messages = await questions(log, ground.entries)
    const { product } = await log.start()
    try {
      await checkOne(product.origin, log, ground.entries)
      const ask = (some: readonly Buffer[]) =>
        load({ port: product.port, messages: some, expected: 200, connections: CONNECTIONS })
      await ask(messages.slice(0, WARM_UP))
      const { latenciesMs } = await ask(messages.slice(WARM_UP))
      const target = { of: 'value', is: '<', limit: 10 } as const
      return [
        figure({ name: 'proof-at-10m-p99', value: quantile(latenciesMs, 0.99), unit: 'ms', target }),
        figure({ name: 'proof-at-10m', value: median(latenciesMs), unit: 'ms' }),
      ]
    } finally {
      await product.stop()
    }
  },
}

/** Every other one by the leaf's hash, as executors name it. */
async function questions({ sql }: LongLog, entries: number): Promise<Buffer[]> {
  const drawn = Array.from({ length: WARM_UP + PROOFS }, () => Math.floor(Math.random() * entries))
  const rows = await sql<{ id: string; leaf: Uint8Array }[]>`
    select id::text, leaf from entries where id in ${sql(drawn.map((index) => index + 1))}`
  const leaves = new Map(rows.map(({ id, leaf }) => [Number(id) - 1, Buffer.from(leaf).toString('base64url')]))
  return drawn.map((index, n) => get(`/ledger/proofs/${n % 2 === 0 ? index : `sha-256:${leaves.get(index)}`}`))
}

/** What is timed is a proof, and it holds. */
async function checkOne(origin: string, { noteKey }: LongLog, entries: number): Promise<void> {
  const answer = await fetch(`${origin}/ledger/proofs/${Math.floor(entries / 3)}`)
  const proof = parseTlogProof(await answer.text())
  await verifyTlogProof(proof, await leafHash(proof.extra ?? new Uint8Array()), noteKey)
}
