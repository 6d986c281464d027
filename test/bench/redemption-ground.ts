/**
 * A product and a bare server that can redeem the same tokens, each on a database of its own.
 *
 * In: databases. Out: both, redemptions of tokens that the authority issued over HTTP, with every row and entry of
 * theirs, and the way to stop everything.
 */
import type { ActionSpec } from '@countersign/verifier'
import type { JWK } from 'jose'
import postgres from 'postgres'
import { loadMigrations } from '../../src/node/open-database.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { type BenchServer, startServer } from './bench-servers.ts'
import type { Databases } from './databases.ts'
import { pause } from './harness.ts'
import { bodyOf, load, post } from './load.ts'
import { FORUM, type Parties, proposals, registerParties } from './parties.ts'
import { type Product, startProduct } from './product.ts'
import type { Story } from './story.ts'

export interface RedeemingProduct {
  readonly product: Product
  readonly parties: Parties
  readonly databaseUrl: string
  readonly sql: postgres.Sql
  /** Has that many tokens issued, by `by` or by the product itself; each message redeems one. None waits for the log. */
  readonly messages: (count: number, by?: Product) => Promise<Buffer[]>
  /** That many tokens of calls of one action, which the policy allows at once. None waits for the log. */
  readonly tokens: (count: number, action?: Omit<ActionSpec, 'salt'>, by?: Product) => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

export async function startRedeemingProduct(databases: Databases): Promise<RedeemingProduct> {
  const { url: databaseUrl, options } = await databases.authority()
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  const product = await startProduct(databaseUrl, options)
  const parties = await registerParties(product)
  const tokens: RedeemingProduct['tokens'] = async (count, action, by = product) => {
    const issued: string[] = []
    await drained(sql)
    while (issued.length < count) {
      issued.push(...(await issue(by, parties, Math.min(ISSUED_AT_ONCE, count - issued.length), action)))
      await drained(sql)
    }
    return issued
  }
  return {
    product,
    parties,
    databaseUrl,
    sql,
    tokens,
    messages: async (count, by) => (await tokens(count, undefined, by)).map((token) => redemptionOf(token, parties)),
    async stop() {
      await product.stop()
      await sql.end()
      await databases.drop(databaseUrl)
    },
  }
}

/** Their entries are fewer than may wait for the log before new work is refused. */
const ISSUED_AT_ONCE = 1200

/** Tokens of calls that the policy allows at once. */
async function issue(
  { port }: Product,
  parties: Parties,
  count: number,
  action?: Omit<ActionSpec, 'salt'>,
): Promise<readonly string[]> {
  const tokens: string[] = []
  const answered = (answer: string) => void tokens.push(tokenIn(bodyOf(answer)))
  await load({ port, messages: proposals(parties, count, action), expected: 201, answered })
  return tokens
}

export function tokenIn(body: unknown): string {
  if (typeof body === 'object' && body && 'token' in body && typeof body.token === 'string') return body.token
  throw new Error('The authority did not allow a read at once')
}

/** Until no entry waits for its place. */
export async function drained(sql: postgres.Sql): Promise<void> {
  for (;;) {
    const [state] = await sql<{ waiting: boolean }[]>`
      with last as (select xid, id from leaves join entries on id = entry order by index desc limit 1)
      select (select id from entries where (xid, id) >
        (coalesce((select xid from last), '0'), coalesce((select id from last), 0))
        order by xid, id limit 1) is not null as waiting`
    if (!state?.waiting) return
    await pause(100)
  }
}

export function redemptionOf(token: string, { executorCredential }: Parties): Buffer {
  const headers = { authorization: `Bearer ${executorCredential}`, 'content-type': 'application/json' }
  return post('/redemptions', headers, JSON.stringify({ token }))
}

/** Takes the tokens of `product`, and writes as much as an allowed request where it gets the story of one. */
export async function startBareServer(databases: Databases, authority: Authority, story?: Story): Promise<BenchServer> {
  const url = await bareDatabase(databases)
  const server = await startBareOn(url, authority, story)
  return {
    ...server,
    async stop() {
      await server.stop()
      await databases.drop(url)
    },
  }
}

type Authority = Pick<RedeemingProduct, 'product' | 'parties'>

/** With the authority's tables. */
export async function bareDatabase(databases: Databases): Promise<string> {
  const url = await databases.fresh()
  const database = connectPostgres(url)
  await migrate(database, await loadMigrations()).finally(database.close)
  return url
}

export const startBareOn = (url: string, { product, parties }: Authority, story?: Story): Promise<BenchServer> =>
  startServer('bare-server', {
    DATABASE_URL: url,
    ...bareSettingsOf(product.origin, product.signingKey, parties),
    ...(story ? { STORY: JSON.stringify(story) } : {}),
  })

/** What a bare server has to know of an authority to take its tokens. */
export function bareSettingsOf(origin: string, signingKey: JWK, { executorCredential }: Parties) {
  const { d: _private, ...publicJwk } = signingKey
  return { ISSUER: origin, AUDIENCE: FORUM, CREDENTIAL: executorCredential, PUBLIC_JWK: JSON.stringify(publicJwk) }
}
