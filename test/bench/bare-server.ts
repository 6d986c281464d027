/**
 * The least that could redeem a token over HTTP, in Hono. A yardstick, not a product. And the least that could issue one:
 * two signatures, one INSERT into five tables.
 *
 * In: DATABASE_URL, ISSUER, AUDIENCE, PUBLIC_JWK, CREDENTIAL, perhaps the STORY of a request that was allowed. Out: POST
 * /redemptions, and POST /requests where there is a story, on a port of its own choice, once the database answers.
 * Its rows are of the authority's columns and sizes.
 */
import { randomBytes } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { CompactSign, generateKeyPair } from 'jose'
import postgres from 'postgres'
import { bareRedemption } from './bare-redemption.ts'
import { NO_STORY, type Story } from './story.ts'

const { DATABASE_URL = '', ISSUER = '', AUDIENCE = '', PUBLIC_JWK = '', CREDENTIAL = '', STORY } = process.env

const redeem = await bareRedemption({ ISSUER, AUDIENCE, PUBLIC_JWK, CREDENTIAL })
const sql = postgres(DATABASE_URL, { fetch_types: false, onnotice: () => {} })
await sql`select`
const app = new Hono()

app.post('/redemptions', (context) => redeem(context, sql))

const story: Story = STORY ? JSON.parse(STORY) : NO_STORY
const signing = await Promise.all(['ES256', 'EdDSA'].map(async (alg) => ({ alg, ...(await generateKeyPair(alg)) })))

app.post('/requests', async (context) => {
  if (context.req.header('authorization') !== `Bearer ${CREDENTIAL}`)
    return context.json({ code: 'unauthenticated' }, 401)
  const { rows, token, changing } = story
  await context.req.json()
  const signed = await Promise.all(
    signing.map(({ alg, privateKey }) =>
      new CompactSign(Buffer.from(token)).setProtectedHeader({ alg }).sign(privateKey),
    ),
  )
  const ids = new Map(changing.map((id) => [id, id.includes('-') ? crypto.randomUUID() : newId()]))
  const fresh = (text: string) => changing.reduce((own, id) => own.replaceAll(id, ids.get(id) ?? id), text)
  await sql`
    with requested as (
      insert into requests select * from json_populate_recordset(null::requests, ${fresh(rows.requests)}::text::json)
    ), kept as (
      insert into payloads select * from json_populate_recordset(null::payloads, ${fresh(rows.payloads)}::text::json)
    ), issued as (
      insert into tokens select * from json_populate_recordset(null::tokens, ${fresh(rows.tokens)}::text::json)
    ), texts as (
      insert into token_texts select * from json_populate_recordset(null::token_texts, ${fresh(rows.texts)}::text::json)
    )
    insert into entries (type, at, trace, body, leaf) select type, at, trace, body, leaf
    from json_populate_recordset(null::entries, ${fresh(rows.entries)}::text::json)`
  return context.json({ token: signed[0] }, 201)
})

const newId = () => randomBytes(16).toString('base64url')

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(JSON.stringify({ port })))
