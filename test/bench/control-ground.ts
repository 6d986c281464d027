/**
 * Two authority processes on one database, with their parties, and a third that stops: the ground of the benches of live
 * control.
 *
 * In: databases. Out: where the processes listen, what to call them, their parties, their switches and their database.
 */
import type { Selector } from '@countersign/verifier'
import type { JWK } from 'jose'
import postgres from 'postgres'
import { startServer } from './bench-servers.ts'
import type { Databases } from './databases.ts'
import { addExecutor, administer, type Parties, registerParties } from './parties.ts'
import { type Product, startBeside, startProduct } from './product.ts'

/** An authority that engages and releases kill switches. */
export interface Stopping {
  /** `committedAt`: when what announces it was about to be sent, by the machine's steady clock. */
  readonly engage: (selector: Selector) => Promise<{ readonly id: string; readonly committedAt: number }>
  readonly release: (id: string) => Promise<void>
}

export interface ControlGround extends Stopping {
  /** What both are called. */
  readonly origin: string
  readonly products: readonly [Product, Product]
  readonly parties: Parties
  /** Of further executors. */
  readonly executorCredentials: readonly string[]
  readonly signingKey: JWK
  readonly databaseUrl: string
  readonly sql: postgres.Sql
  readonly stop: () => Promise<void>
}

export async function startControlGround(databases: Databases, { executors = 0 } = {}): Promise<ControlGround> {
  const { url: databaseUrl, options } = await databases.authority()
  const first = await startProduct(databaseUrl, options)
  const { origin, signingKey } = first
  const executorCredentials: string[] = []
  for (let at = 0; at < executors; at++)
    executorCredentials.push(await addExecutor(first, `https://executor-${at}.example`))
  const parties = await registerParties(first)
  const second = await startBeside(first, databaseUrl)
  const stopper = await startServer('stopper', { DATABASE_URL: databaseUrl, ORIGIN: origin })
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} })
  const stop = async () => {
    await sql.end()
    await stopper.stop()
    await second.stop()
    await first.stop()
    await databases.drop(databaseUrl)
  }
  return {
    ...{ origin, products: [first, second], parties, executorCredentials, signingKey, databaseUrl, sql, stop },
    async engage(selector) {
      const body = JSON.stringify(selector)
      const answer = await fetch(`http://127.0.0.1:${stopper.port}/`, { method: 'POST', body })
      if (!answer.ok) throw new Error('The switch was not engaged')
      return (await answer.json()) as Awaited<ReturnType<Stopping['engage']>>
    },
    async release(id) {
      const release = ['countersign.killswitch.release', `killswitch:${id}`] as const
      await administer(first, parties.approver, ...release, { id, reason: 'The round is over' })
    },
  }
}
