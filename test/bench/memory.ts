/** Resident memory of the authority's one process, idle after a start and one page. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { type Bench, figure, pause } from './harness.ts'
import { type Product, startProduct } from './product.ts'

const IDLE_MS = 5000

export const memoryOnPglite: Bench = {
  name: 'memory-pglite',
  about: 'megabytes resident of an idle authority with its embedded database',
  run: async () => [await idling('memory-pglite', 400, await startProduct())],
}

export const memoryOnPostgres: Bench = {
  name: 'memory-postgres',
  about: 'megabytes resident of an idle authority on PostgreSQL',
  async run({ databases }) {
    const url = await databases.fresh()
    const measured = await idling('memory-postgres', 120, await startProduct(url))
    await databases.drop(url)
    return [measured]
  },
}

async function idling(name: string, limit: number, product: Product) {
  try {
    await (await fetch(product.origin)).text()
    await pause(IDLE_MS)
    return figure({ name, value: residentMegabytes(product.pid), unit: 'MB', target: { of: 'value', is: '<', limit } })
  } finally {
    await product.stop()
  }
}

export function residentMegabytes(pid: number): number {
  const status = `/proc/${pid}/status`
  const kilobytes = existsSync(status)
    ? /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return (Number(kilobytes) * 1024) / 1_000_000
}
