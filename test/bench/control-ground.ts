/**
 * Two authority processes on one database, and executors' credentials: the ground of the benches of live control.
 *
 * In: databases, and how many executors. Out: where the processes listen, what to call them, and their database.
 */
import { newSalt, parseJson } from '@countersign/verifier'
import type { JWK } from 'jose'
import postgres from 'postgres'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import type { Databases } from './databases.ts'
import { mustSucceed } from './parties.ts'
import { freePort, type Product, startProduct } from './product.ts'

export interface ControlGround {
  /** What both are called. */
  readonly origin: string
  readonly products: readonly [Product, Product]
  readonly signingKey: JWK
  readonly databaseUrl: string
  readonly sql: postgres.Sql
  readonly stop: () => Promise<void>
}

export async function startControlGround(databases: Databases): Promise<ControlGround> {
  const databaseUrl = await databases.fresh()
  const logKey = { COUNTERSIGN_LOG_KEY: JSON.stringify(await generateLogKey()) }
  const first = await startProduct(databaseUrl, { settings: logKey })
  const { origin, signingKey, operatorCredential } = first
  const port = await freePort()
  const second = await startProduct(databaseUrl, {
    port,
    signingKey,
    operatorCredential,
    settings: { ...logKey, COUNTERSIGN_ORIGIN: origin, COUNTERSIGN_PORT: String(port) },
  })
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} })
  const stop = async () => {
    await sql.end()
    await Promise.all([first.stop(), second.stop()])
    await databases.drop(databaseUrl)
  }
  return { origin, products: [first, second], signingKey, databaseUrl, sql, stop }
}

/** Another executor's credential; while there is no admin yet. */
export async function addExecutor({ operator }: Product, audience: string): Promise<string> {
  const catalogue = [{ name: 'forum.read', effect: 'read', reversible: true }]
  const args = { audience, title: 'An executor', catalogue, challenge_keys: [] }
  const action = {
    name: 'countersign.executor.add',
    resource: `executor:${audience}`,
    arguments: parseJson(JSON.stringify(args)) as Record<string, never>,
    salt: newSalt(),
  }
  const { credential } = mustSucceed(await operator.call('administer', { body: { action } }))
  if (credential === undefined) throw new Error('no credential was given')
  return credential
}
