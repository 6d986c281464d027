/**
 * The least that could spend a token durably: Hono, `jwtVerify`, one INSERT into two tables. A yardstick, not a product.
 * And the least that could issue one: two signatures, one INSERT into five tables.
 *
 * In: DATABASE_URL, ISSUER, AUDIENCE, PUBLIC_JWK, CREDENTIAL, perhaps the STORY of a request that was allowed. Out: POST
 * /redemptions, and POST /requests where there is a story, on a port of its own choice, once the database answers.
 * It fills the columns the authority fills, with rows of the same size. It asks neither who calls beyond one string,
 * nor the policy, nor whether the token was revoked, is known, or is of the right shape.
 */
import { randomBytes } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { CompactSign, generateKeyPair, importJWK, jwtVerify } from 'jose'
import postgres from 'postgres'
import { NO_STORY, type Story } from './story.ts'

const { DATABASE_URL = '', ISSUER = '', AUDIENCE = '', PUBLIC_JWK = '', CREDENTIAL = '', STORY } = process.env

interface Claims {
  readonly jti: string
  readonly sub: string
  readonly scope: string
  readonly act: { readonly sub: string }
  readonly approval: { readonly request: string }
  readonly authorization_details: readonly [{ readonly digest: string }]
}

const key = await importJWK(JSON.parse(PUBLIC_JWK), 'ES256')
const expected = { issuer: ISSUER, audience: AUDIENCE, typ: 'approval+jwt', algorithms: ['ES256'] }
const sql = postgres(DATABASE_URL, { fetch_types: false, onnotice: () => {} })
await sql`select`
const app = new Hono()

app.post('/redemptions', async (context) => {
  if (context.req.header('authorization') !== `Bearer ${CREDENTIAL}`)
    return context.json({ code: 'unauthenticated' }, 401)
  const { token } = await context.req.json<{ token: string }>()
  const { payload } = await jwtVerify<Claims>(token, key, expected)
  const at = Math.floor(Date.now() / 1000)
  const { request } = payload.approval
  const trace = Buffer.from(request, 'base64url').toString('hex')
  const signature = token.slice(token.lastIndexOf('.') + 1)
  const spent = await sql`
    with spent as (
      insert into redemptions (jti, use, request, audience, redeemed_at, signature)
      values (${payload.jti}, 1, ${request}, ${AUDIENCE}, ${at}, ${signature})
      on conflict do nothing returning use
    )
    insert into entries (type, at, trace, body, leaf)
    select 'token.redeemed', ${at}::bigint, ${trace}::uuid, ${entryOf(payload, at, trace)}, ${leafOf(signature)}::bytea
    from spent returning id`
  if (spent.length === 0) return context.json({ code: 'token_redeemed' }, 409)
  return context.json({ jti: payload.jti, request, trace, use: 1, redeemed_at: at }, 201)
})

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

/** As long as the authority's entry of the same fact. */
function entryOf(
  { jti, sub, scope, act, approval, authorization_details: [{ digest }] }: Claims,
  at: number,
  trace: string,
) {
  const parties = {
    agent: act.sub,
    at,
    executor: AUDIENCE,
    jti,
    name: scope,
    principal: sub,
    request: approval.request,
  }
  return JSON.stringify({ action: digest, ...parties, trace, type: 'token.redeemed', v: 1 })
}

/** As many bytes as a leaf hash, for nothing. */
const leafOf = (signature: string): Buffer => Buffer.from(signature, 'base64url').subarray(0, 32)

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(JSON.stringify({ port })))
