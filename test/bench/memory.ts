/**
 * Resident memory of the authority's one process: idle after a start and one page, and with much that waits.
 *
 * On PostgreSQL it is held against the bare server of `redeem`, started and asked alike.
 */
import type { Socket } from 'node:net'
import { startBareProcess } from './bare-processes.ts'
import { type Bench, type Figure, figure, type Ground, type Measured, pause } from './harness.ts'
import { listenOverSocket } from './idle-streams.ts'
import { load } from './load.ts'
import { addExecutor, forumAction, proposals, registerParties } from './parties.ts'
import { residentMegabytes } from './process-usage.ts'
import { type Product, startProduct } from './product.ts'

const IDLE_MS = 5000
const WAITING = 10_000
const EXECUTORS = 10
const STREAMS_EACH = 100

export const memoryOnPglite: Bench = {
  name: 'memory-pglite',
  about: 'megabytes resident of an idle authority with its embedded database',
  run: async () => [figure(await idling('memory-pglite', 370, await startProduct()))],
}

export const memoryOnPostgres: Bench = {
  name: 'memory-postgres',
  about: 'megabytes resident of an idle authority on PostgreSQL, and of the bare server',
  run: (ground) =>
    onPostgres(ground, async (product, url) => {
      const measured = await idling('memory-postgres', 100, product)
      return { ...measured, yardstick: await idleBareServer(url) }
    }),
}

export const memoryAtWork: Bench = {
  name: 'memory-at-work',
  about: 'megabytes resident on PostgreSQL with 10,000 requests that wait for people, and 1,000 executors that listen',
  run: (ground) => onPostgres(ground, atWork),
}

type Measure = (product: Product, databaseUrl: string) => Promise<Measured>

async function onPostgres({ databases }: Ground, measure: Measure): Promise<readonly Figure[]> {
  const { url, options } = await databases.authority()
  try {
    return [figure(await measure(await startProduct(url, options), url))]
  } finally {
    await databases.drop(url)
  }
}

async function idling(name: string, limit: number, product: Product): Promise<Measured> {
  try {
    return await afterAPage(name, limit, product)
  } finally {
    await product.stop()
  }
}

async function idleBareServer(databaseUrl: string): Promise<number> {
  const { port, pid, stop } = await startBareProcess(databaseUrl)
  return residentAfterAPage({ origin: `http://127.0.0.1:${port}`, pid }).finally(stop)
}

const afterAPage = async (name: string, limit: number, product: Product): Promise<Measured> => {
  const value = await residentAfterAPage(product)
  return { name, value, unit: 'MB', target: { of: 'value', is: '<', limit } }
}

async function residentAfterAPage({ origin, pid }: Pick<Product, 'origin' | 'pid'>): Promise<number> {
  await (await fetch(origin)).text()
  await pause(IDLE_MS)
  return residentMegabytes(pid)
}

async function atWork(product: Product): Promise<Measured> {
  const sockets: Socket[] = []
  try {
    const credentials: string[] = []
    for (let at = 0; at < EXECUTORS; at++)
      credentials.push(await addExecutor(product, `https://executor-${at}.example`))
    const messages = proposals(await registerParties(product), WAITING, forumAction('forum.post'))
    await load({ port: product.port, messages, expected: 201 })
    for (const credential of credentials) {
      const opening = Array.from({ length: STREAMS_EACH }, () => listenOverSocket(product.port, credential))
      sockets.push(...(await Promise.all(opening)))
    }
    return await afterAPage('memory-at-work', 250, product)
  } finally {
    for (const socket of sockets) socket.destroy()
    await product.stop()
  }
}
