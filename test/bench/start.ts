/**
 * How long the command takes to say its version, and the authority to be ready on data that it left behind.
 *
 * The first is processor time, which no busy machine lengthens much; the second goes from the start of the process until
 * it says that it listens. In turns with it, the bare server of `redeem` starts on the same PostgreSQL, and a bare PGlite
 * on the same files.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBareEmbedded, startBareProcess } from './bare-processes.ts'
import type { BenchServer } from './bench-servers.ts'
import type { AuthorityDatabase } from './databases.ts'
import { alternate, type Bench, compare, type Figure, figure, type Ground, roundsOf } from './harness.ts'
import { load } from './load.ts'
import { proposals, registerParties } from './parties.ts'
import { cpuSeconds, cpuSecondsOfEnded } from './process-usage.ts'
import { COMMAND, type Product, startProduct } from './product.ts'

const VERSIONS = 10
const STARTS = 7
const REQUESTS = 1000

export const start: Bench = {
  name: 'start',
  about: 'processor seconds of countersign --version; seconds until serve is ready on existing data, on each database',
  async run(ground) {
    const database = await ground.databases.authority()
    try {
      return [version(ground), ...(await ready('pglite', ground)), ...(await ready('postgres', ground, database))]
    } finally {
      await ground.databases.drop(database.url)
    }
  },
}

function version(ground: Ground): Figure {
  const count = roundsOf(ground, VERSIONS)
  const before = cpuSecondsOfEnded()
  for (let at = 0; at < count; at++) execFileSync(process.execPath, [COMMAND, '--version'])
  const value = (cpuSecondsOfEnded() - before) / count
  return figure({ name: 'start-version', unit: 's of a core', value, target: { of: 'value', is: '≤', limit: 0.2 } })
}

/** With its processor time, of all threads. */
async function ready(name: string, ground: Ground, database?: AuthorityDatabase): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-start-'))
  const databaseUrl = database?.url
  const options = { ...database?.options, settings: { ...database?.options.settings, COUNTERSIGN_DATA_DIR: folder } }
  try {
    const first = await startProduct(databaseUrl, options)
    await fill(first).finally(first.stop)
    const { port, signingKey, operatorCredential } = first
    const again = () => startProduct(databaseUrl, { ...options, port, signingKey, operatorCredential })
    const bare = () => (databaseUrl === undefined ? startBareEmbedded(folder) : startBareProcess(databaseUrl))
    const turns = await alternate(
      roundsOf(ground, STARTS),
      () => timed(again),
      () => timed(bare),
    )
    const target = { of: 'value', is: '≤', limit: 2 } as const
    return [
      figure({ name: `start-${name}`, unit: 's', ...compare(turns, ({ seconds }) => seconds), target }),
      figure({ name: `start-${name}-cpu`, unit: 's of a core', ...compare(turns, ({ processor }) => processor) }),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function timed(begin: () => Promise<Pick<BenchServer, 'pid' | 'stop'>>) {
  const startedAt = performance.now()
  const { pid, stop } = await begin()
  const seconds = (performance.now() - startedAt) / 1000
  const processor = cpuSeconds(pid)
  await stop()
  return { seconds, processor }
}

async function fill(product: Product): Promise<void> {
  const messages = proposals(await registerParties(product), REQUESTS)
  await load({ port: product.port, messages, expected: 201 })
}
