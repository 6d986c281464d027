/**
 * A product and a bare server that can redeem the same tokens, each on a database of its own.
 *
 * In: databases. Out: both, the messages for them, and the way to stop everything.
 */
import postgres from 'postgres'
import { loadMigrations } from '../../src/node/open-database.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { type BenchServer, startServer } from './bench-servers.ts'
import type { Databases } from './databases.ts'
import { post } from './load.ts'
import { FORUM, type Parties, registerParties } from './parties.ts'
import { type Product, startProduct } from './product.ts'
import { mintTokens, patternOf, storeTokens } from './tokens.ts'

export interface RedeemingProduct {
  readonly product: Product
  readonly parties: Parties
  readonly sql: postgres.Sql
  /** Mints that many tokens; each redeems one. */
  readonly messages: (count: number) => Promise<Buffer[]>
  readonly stop: () => Promise<void>
}

export async function startRedeemingProduct(databases: Databases): Promise<RedeemingProduct> {
  const url = await databases.fresh()
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const product = await startProduct(url)
  const parties = await registerParties(product)
  const pattern = await patternOf(product, parties)
  return {
    product,
    parties,
    sql,
    async messages(count) {
      const minted = await mintTokens(pattern, product.signingKey, count)
      await storeTokens(sql, minted)
      return minted.map(({ token }) => redemptionOf(token, parties))
    },
    async stop() {
      await product.stop()
      await sql.end()
      await databases.drop(url)
    },
  }
}

export function redemptionOf(token: string, { executorCredential }: Parties): Buffer {
  const headers = { authorization: `Bearer ${executorCredential}`, 'content-type': 'application/json' }
  return post('/redemptions', headers, JSON.stringify({ token }))
}

/** Takes the tokens of `product`. */
export async function startBareServer(
  databases: Databases,
  { product, parties }: RedeemingProduct,
): Promise<BenchServer> {
  const url = await databases.fresh()
  const database = connectPostgres(url)
  await migrate(database, await loadMigrations()).finally(database.close)
  const { d: _private, ...publicJwk } = product.signingKey
  const server = await startServer('bare-server', {
    DATABASE_URL: url,
    ISSUER: product.origin,
    AUDIENCE: FORUM,
    CREDENTIAL: parties.executorCredential,
    PUBLIC_JWK: JSON.stringify(publicJwk),
  })
  return {
    port: server.port,
    async stop() {
      await server.stop()
      await databases.drop(url)
    },
  }
}
