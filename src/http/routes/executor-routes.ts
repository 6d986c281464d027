/**
 * Routes of executors: redeem a token, report its outcome, report a refused call.
 *
 * The credential of a redemption is not looked up here: its validity is part of the one deciding statement.
 */
import type { Context, Hono } from 'hono'
import type * as z from 'zod'
import { endpoints } from '../../api/endpoints.ts'
import { ownCatalogueView, publicationView } from '../../api/parties/party-shapes.ts'
import { redemptionView } from '../../api/requests/redemption-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { Redemption } from '../../authority/tokens/redeem.ts'
import { hashSecret, kindOfCredential } from '../../domain/identity/credential.ts'
import { mapResult, ok, type Result, refuse } from '../../domain/refusal.ts'
import { problemResponse } from '../answer/problem-response.ts'
import { readJsonBody } from '../call/body.ts'
import { bearerOf } from '../call/caller.ts'
import type { Router } from '../call/router.ts'

export function serveExecutors(app: Hono, router: Router, { changes, tokens, config }: Services): void {
  app.post(endpoints.redeem.path, async (context) => {
    const redeemed = await redeem(context)
    if (!redeemed.ok) return problemResponse(config.origin, redeemed.refusal)
    return context.json(redemptionView(redeemed.value), 201)
  })

  async function redeem(context: Context): Promise<Result<Redemption>> {
    const secret = bearerOf(context)
    if (secret === undefined || kindOfCredential(secret) !== 'executor') {
      return refuse('unauthenticated', 'Send the executor’s credential as Authorization: Bearer.')
    }
    const body = await readJsonBody(context.req.raw, endpoints.redeem)
    if (!body.ok) return body
    const { token } = body.value.value as z.output<typeof endpoints.redeem.body>
    return tokens.redeem({ credentialHash: await hashSecret(secret) }, token)
  }

  router.serve('ownCatalogue', async ({ caller: { executor } }) => ok(ownCatalogueView(executor)))
  router.serve(
    'publishCatalogue',
    ({ caller, body }) => changes.publishCatalogue(caller, body.catalogue),
    (published) => publicationView(published, config.origin),
  )
  router.serve('reportRefusal', async ({ caller, body }) => tokens.reportRefusal(caller, body))
  router.serve('reportOutcome', async ({ caller, param, body }) => {
    const reported = await tokens.reportOutcome(caller, param('jti'), body)
    return mapResult(reported, ({ jti, use }) => ({ jti, use, outcome: body.outcome }))
  })
}
