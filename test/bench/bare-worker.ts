/**
 * The least that could redeem a token in a Worker, in Hono. A yardstick, not a product.
 *
 * In: the bindings of wrangler.toml and of a bare server. Out: POST /redemptions. Each call opens a connection of its own,
 * since the runtime binds a socket to the call that opened it.
 */
import { Hono } from 'hono'
import postgres from 'postgres'
import { type BareSettings, bareRedemption } from './bare-redemption.ts'

/** wrangler.toml names it. */
export class Feed {}

interface Bindings extends BareSettings {
  readonly HYPERDRIVE: { readonly connectionString: string }
}

let redeeming: ReturnType<typeof bareRedemption> | undefined

const app = new Hono<{ Bindings: Bindings }>()

app.post('/redemptions', async (context) => {
  redeeming ??= bareRedemption(context.env)
  const redeem = await redeeming
  const sql = postgres(context.env.HYPERDRIVE.connectionString, { max: 1, fetch_types: false, onnotice: () => {} })
  return redeem(context, sql).finally(() => context.executionCtx.waitUntil(sql.end()))
})

export default app
