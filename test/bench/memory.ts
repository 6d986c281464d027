/** Resident memory of the authority's one process: idle after a start and one page, and with much that waits. */
import type { Socket } from 'node:net'
import { type Bench, type Figure, figure, type Ground, pause } from './harness.ts'
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
  run: async () => [await idling('memory-pglite', 370, await startProduct())],
}

export const memoryOnPostgres: Bench = {
  name: 'memory-postgres',
  about: 'megabytes resident of an idle authority on PostgreSQL',
  run: (ground) => onPostgres(ground, (product) => idling('memory-postgres', 100, product)),
}

export const memoryAtWork: Bench = {
  name: 'memory-at-work',
  about: 'megabytes resident on PostgreSQL with 10,000 requests that wait for people, and 1,000 executors that listen',
  run: (ground) => onPostgres(ground, atWork),
}

async function onPostgres({ databases }: Ground, measure: (product: Product) => Promise<Figure>) {
  const url = await databases.fresh()
  try {
    return [await measure(await startProduct(url))]
  } finally {
    await databases.drop(url)
  }
}

async function idling(name: string, limit: number, product: Product): Promise<Figure> {
  try {
    return await afterAPage(name, limit, product)
  } finally {
    await product.stop()
  }
}

async function afterAPage(name: string, limit: number, { origin, pid }: Product): Promise<Figure> {
  await (await fetch(origin)).text()
  await pause(IDLE_MS)
  return figure({ name, value: residentMegabytes(pid), unit: 'MB', target: { of: 'value', is: '<', limit } })
}

async function atWork(product: Product): Promise<Figure> {
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
