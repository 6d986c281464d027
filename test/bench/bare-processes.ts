/** The yardsticks of the authority's process: the least that listens, with a database that answers, as Node is started. */
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { type BenchServer, startServer } from './bench-servers.ts'
import { NODE_FLAGS } from './product.ts'

/** Hono, jose and postgres.js, on the database. */
export async function startBareProcess(databaseUrl: string): Promise<BenchServer> {
  const { d: _private, ...publicJwk } = await generateSigningKey('ES256')
  return startServer('bare-server', { DATABASE_URL: databaseUrl, PUBLIC_JWK: JSON.stringify(publicJwk) }, NODE_FLAGS)
}

/** PGlite, on the data directory of an authority that has stopped. */
export const startBareEmbedded = (dataDir: string): Promise<BenchServer> =>
  startServer('bare-pglite', { DATA_DIR: `${dataDir}/pglite` }, NODE_FLAGS)
