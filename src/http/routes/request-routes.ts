/** Routes of agents: propose, look, collect, withdraw. */
import { actorTokenView } from '../../api/requests/actor-token-shapes.ts'
import { requestContent } from '../../api/requests/request-content-shapes.ts'
import { requestsPage } from '../../api/requests/request-list-shapes.ts'
import { grantsView, requestView, tokenView } from '../../api/requests/request-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { Patience } from '../../authority/own-request.ts'
import type { OpenedRequest } from '../../authority/requests/reopen.ts'
import type { ViewedRequest } from '../../authority/requests/view.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { mapResult, ok } from '../../domain/refusal.ts'
import { idempotencyOf, parentTrace, possessionOf } from '../call/call-headers.ts'
import type { Router } from '../call/router.ts'

export function serveAgents(router: Router, { requests, tokens, config }: Services): void {
  const viewOf = (request: ApprovalRequest) => requestView(request, config.origin)
  const viewedOf = ({ unfillable, policyDenied, ...request }: ViewedRequest) => ({
    ...viewOf(request),
    ...(unfillable === null ? {} : { unfillable }),
    ...(policyDenied === null ? {} : { policy_denied: policyDenied }),
  })

  router.serve('openRequest', async ({ caller, body, bodyHash, context, patience }) => {
    const idempotency = await idempotencyOf(context, bodyHash)
    if (!idempotency.ok) return idempotency
    const { expires_in: expiresInSeconds, binding_token: bindingToken, actor_token: actorToken, ...proposal } = body
    const opened = await requests.open(caller, {
      ...proposal,
      ...idempotency.value,
      expiresInSeconds,
      bindingToken,
      actorToken,
      possession: possessionOf(context, config.origin),
      parentTrace: parentTrace(context),
    })
    return opened.ok ? answered(caller, opened.value, patience()) : opened
  })

  /** With `Prefer: wait`, the answer to a proposal is held until the request is answered. */
  async function answered(caller: Caller, { request, token }: OpenedRequest, patience: Patience) {
    if (patience.timeoutMs === 0 || request.state !== 'pending') return ok(requestView(request, config.origin, token))
    return mapResult(await requests.wait(caller, request.id, patience), viewedOf)
  }

  router.serve(
    'listRequests',
    async ({ caller, query: { decision, after, limit, ...query } }) => {
      const origin = decision && (decision === 'allow' ? 'policy' : 'human')
      return requests.list(caller, { ...query, origin }, { after: after ?? null, limit })
    },
    requestsPage,
  )
  router.serve(
    'issueActorToken',
    ({ caller, body }) => requests.issueActorToken(caller, { child: body.agent, actorToken: body.actor_token }),
    actorTokenView,
  )
  router.serve('listGrants', async ({ caller }) => ok(grantsView(await requests.grants(caller), config.origin)))
  router.serve('uncoverRequest', ({ caller, param }) => requests.uncover(caller, param('id')), requestContent)
  router.serve('proposeUndo', ({ caller, param }) => requests.proposeUndo(caller, param('id')), viewOf)
  router.serve('requestContent', ({ caller, param }) => requests.content(caller, param('id')), requestContent)
  router.serve('viewRequest', ({ caller, param, patience }) => requests.wait(caller, param('id'), patience()), viewedOf)
  router.serve(
    'collectToken',
    ({ caller, param, context, patience }) =>
      tokens.collect(caller, param('id'), possessionOf(context, config.origin), patience()),
    tokenView,
  )
  router.serve('withdrawRequest', ({ caller, param }) => requests.withdraw(caller, param('id')), viewOf)
}
