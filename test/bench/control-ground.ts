/**
 * Two authority processes on one database, with their parties: the ground of the benches of live control.
 *
 * In: databases. Out: where the processes listen, what to call them, their parties and their database.
 */
import type { JWK } from 'jose'
import postgres from 'postgres'
import type { Databases } from './databases.ts'
import { addExecutor, type Parties, registerParties } from './parties.ts'
import { type Product, startBeside, startProduct } from './product.ts'

export interface ControlGround {
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
  const databaseUrl = await databases.fresh()
  const first = await startProduct(databaseUrl)
  const { origin, signingKey } = first
  const executorCredentials: string[] = []
  for (let at = 0; at < executors; at++)
    executorCredentials.push(await addExecutor(first, `https://executor-${at}.example`))
  const parties = await registerParties(first)
  const second = await startBeside(first, databaseUrl)
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} })
  const stop = async () => {
    await sql.end()
    await second.stop()
    await first.stop()
    await databases.drop(databaseUrl)
  }
  return { origin, products: [first, second], parties, executorCredentials, signingKey, databaseUrl, sql, stop }
}
