/**
 * The agents' door: propose, look, collect, withdraw.
 *
 * In: calls with an agent's credential (or an operator's, for changes to the authority). Out: results of `authority`.
 */
import type { Context } from 'hono'
import { requestView, tokenView } from '../../api/requests/request-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { OpenedRequest } from '../../authority/requests/hold.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import { idempotencyKey, parentTrace, possessionOf, waitMs } from '../call/call-headers.ts'
import type { Router } from '../call/router.ts'

export function serveAgents(router: Router, { requests, tokens, config }: Services): void {
  const viewOf = ({ request, token }: OpenedRequest) => requestView(request, config.origin, token)

  router.serve('openRequest', async ({ caller, body, bodyHash, context }) => {
    const key = idempotencyKey(context)
    if (!key.ok) return key
    const opened = await requests.open(caller, {
      audience: body.audience,
      action: body.action,
      principal: body.principal,
      preview: body.preview,
      reason: body.reason,
      act: body.act,
      expiresInSeconds: body.expires_in,
      idempotencyKey: key.value,
      bodyHash: key.value === undefined ? undefined : await bodyHash(),
      possession: possessionOf(context, config.origin),
      parentTrace: parentTrace(context),
    })
    return opened.ok ? waited(caller, opened.value, context) : opened
  })

  /** With `Prefer: wait`, the answer to a proposal is held until somebody answered it. */
  async function waited(caller: Caller, opened: OpenedRequest, context: Context): Promise<Result<unknown>> {
    const timeout = waitMs(context)
    if (timeout === 0 || opened.request.state !== 'pending') return ok(viewOf(opened))
    const settled = await requests.wait(caller, opened.request.id, timeout, context.req.raw.signal)
    return settled.ok ? ok(requestView(settled.value, config.origin)) : settled
  }

  router.serve('viewRequest', async ({ caller, param, context }) => {
    const seen = await requests.wait(caller, param('id'), waitMs(context), context.req.raw.signal)
    return seen.ok ? ok(requestView(seen.value, config.origin)) : seen
  })

  router.serve('collectToken', async ({ caller, param, context }) => {
    const timeout = waitMs(context)
    if (timeout > 0) await requests.wait(caller, param('id'), timeout, context.req.raw.signal)
    const minted = await tokens.collect(caller, param('id'), possessionOf(context, config.origin))
    return minted.ok ? ok(tokenView(minted.value)) : minted
  })

  router.serve('withdrawRequest', async ({ caller, param }) => {
    const withdrawn = await requests.withdraw(caller, param('id'))
    return withdrawn.ok ? ok(requestView(withdrawn.value, config.origin)) : withdrawn
  })
}
