/**
 * The least that could spend a token durably: `jwtVerify`, one INSERT into two tables. A yardstick, not a product.
 *
 * In: ISSUER, AUDIENCE, PUBLIC_JWK and CREDENTIAL of the authority whose tokens it takes. Out: the answer of Hono's POST
 * /redemptions, over a client of postgres.js. It fills the columns the authority fills, with rows of the same size. It asks
 * neither who calls beyond one string, nor the policy, nor whether the token was revoked, is known, or is of the right
 * shape.
 */
import type { Context } from 'hono'
import { importJWK, jwtVerify } from 'jose'
import type { Sql } from 'postgres'

export interface BareSettings {
  readonly ISSUER: string
  readonly AUDIENCE: string
  readonly PUBLIC_JWK: string
  readonly CREDENTIAL: string
}

interface Claims {
  readonly jti: string
  readonly sub: string
  readonly scope: string
  readonly act: { readonly sub: string }
  readonly approval: { readonly request: string }
  readonly authorization_details: readonly [{ readonly digest: string }]
}

export async function bareRedemption({ ISSUER, AUDIENCE, PUBLIC_JWK, CREDENTIAL }: BareSettings) {
  const key = await importJWK(JSON.parse(PUBLIC_JWK), 'ES256')
  const expected = { issuer: ISSUER, audience: AUDIENCE, typ: 'approval+jwt', algorithms: ['ES256'] }
  return async (context: Context, sql: Sql): Promise<Response> => {
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
      select 'token.redeemed', ${at}::bigint, ${trace}::uuid, ${entryOf(payload, AUDIENCE, at, trace)},
        ${leafOf(signature)}::bytea
      from spent returning id`
    if (spent.length === 0) return context.json({ code: 'token_redeemed' }, 409)
    return context.json({ jti: payload.jti, request, trace, use: 1, redeemed_at: at }, 201)
  }
}

/** As long as the authority's entry of the same fact. */
function entryOf(claims: Claims, executor: string, at: number, trace: string) {
  const { jti, sub: principal, scope: name, act, approval, authorization_details } = claims
  const parties = { agent: act.sub, at, executor, jti, name, principal, request: approval.request }
  return JSON.stringify({ action: authorization_details[0].digest, ...parties, trace, type: 'token.redeemed', v: 1 })
}

/** As many bytes as a leaf hash, for nothing. */
const leafOf = (signature: string): Buffer => Buffer.from(signature, 'base64url').subarray(0, 32)
