/**
 * How long an inclusion proof takes from a log of millions, over HTTP, each of another entry. A bare server on the same log
 * takes turns with it: as many statements, as many hashes.
 */
import { leafHash, parseTlogProof, verifyTlogProof } from '@countersign/verifier/proof'
import { startServer } from './bench-servers.ts'
import { type Bench, figure, quantile } from './harness.ts'
import { get, load } from './load.ts'
import { type LongLog, longLog } from './long-log.ts'
import { NODE_FLAGS } from './product.ts'

const PROOFS = 4000
const WARM_UP = 500
const CONNECTIONS = 2
/** Of each server, until all are asked. */
const TURNS = 5

export const proofAtScale: Bench = {
  name: 'proof-at-10m',
  about: '99th percentile of milliseconds for a proof from a log of 10,000,000 entries, by index and by leaf hash',
  onlyByName: true,
  async run(ground) {
    const log = await longLog(ground)
    const { messages, bareMessages } = await questions(log, ground.entries)
    const { product } = await log.start()
    const bare = await startServer('bare-proof', { DATABASE_URL: log.url }, NODE_FLAGS)
    const [times, bareTimes]: [number[], number[]] = [[], []]
    try {
      await checkOne(product.origin, log, ground.entries)
      const ask = async (port: number, some: readonly Buffer[]) =>
        (await load({ port, messages: some, expected: 200, connections: CONNECTIONS })).latenciesMs
      await ask(product.port, messages.slice(0, WARM_UP))
      await ask(bare.port, bareMessages.slice(0, WARM_UP))
      for (let from = WARM_UP; from < messages.length; from += PROOFS / TURNS) {
        times.push(...(await ask(product.port, messages.slice(from, from + PROOFS / TURNS))))
        bareTimes.push(...(await ask(bare.port, bareMessages.slice(from, from + PROOFS / TURNS))))
      }
    } finally {
      await Promise.all([product.stop(), bare.stop()])
    }
    const target = { of: 'value', is: '<', limit: 10 } as const
    const at = (share: number) => ({
      unit: 'ms',
      value: quantile(times, share),
      yardstick: quantile(bareTimes, share),
    })
    return [figure({ name: 'proof-at-10m-p99', ...at(0.99), target }), figure({ name: 'proof-at-10m', ...at(0.5) })]
  },
}

/** Every other one by the leaf's hash, as executors name it. */
async function questions({ sql }: LongLog, entries: number) {
  const drawn = Array.from({ length: WARM_UP + PROOFS }, () => Math.floor(Math.random() * entries))
  const rows = await sql<{ id: string; leaf: Uint8Array }[]>`
    select id::text, leaf from entries where id in ${sql(drawn.map((index) => index + 1))}`
  const leaves = new Map(rows.map(({ id, leaf }) => [Number(id) - 1, Buffer.from(leaf).toString('base64url')]))
  const nameOf = (index: number, n: number) => (n % 2 === 0 ? index : `sha-256:${leaves.get(index)}`)
  return {
    messages: drawn.map((index, n) => get(`/ledger/proofs/${nameOf(index, n)}`)),
    bareMessages: drawn.map((index) => get(`/${index}`)),
  }
}

/** What is timed is a proof, and it holds. */
async function checkOne(origin: string, { noteKey }: LongLog, entries: number): Promise<void> {
  const answer = await fetch(`${origin}/ledger/proofs/${Math.floor(entries / 3)}`)
  const proof = parseTlogProof(await answer.text())
  await verifyTlogProof(proof, await leafHash(proof.extra ?? new Uint8Array()), noteKey)
}
