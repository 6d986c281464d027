/**
 * The door for changes to the authority itself, and for reading one trace.
 *
 * In: calls of an operator's credential or an admin's session. Out: results of `administration`.
 */

import { reviewView } from '../../api/review-views.ts'
import { agentView, approverView, executorView, requestView } from '../../api/views.ts'
import type { Services } from '../../authority/compose.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Router } from '../route.ts'

const revoked = (result: Result<true>) => (result.ok ? ok({ revoked: true }) : result)

export function serveAdministration(router: Router, { changes, people, reviewing, requests, config }: Services): void {
  router.serve('openAdministration', async ({ caller, body }) => {
    const opened = await changes.propose(caller, body.action)
    return opened.ok ? ok(requestView(opened.value.request, config.origin)) : opened
  })
  router.serve('collectAdministration', async ({ caller, param }) => {
    const minted = await changes.collect(caller, param('id'))
    return minted.ok
      ? ok({ token: minted.value.token, expires_at: minted.value.expiresAt, jti: minted.value.jti })
      : minted
  })
  router.serve('administer', async (call) => {
    const token = call.context.req.header('approval-token') ?? null
    const done = await changes.perform(call.caller, { action: call.body.action, token })
    if (!done.ok) return done
    const { name, subject, credential, expiresAt, link } = done.value
    call.context.header('cache-control', 'no-store')
    return ok({ name, subject, credential, expires_at: expiresAt, link })
  })

  router.serve('listAgents', async () => ok({ agents: (await people.agents()).map(agentView) }))
  router.serve('listExecutors', async () => ok({ executors: (await people.executors()).map(executorView) }))
  router.serve('listApprovers', async () => ok({ approvers: (await people.approvers()).map(approverView) }))
  router.serve('revokeAgent', async (call) => revoked(await changes.revokeAgent(call.caller, call.param('id'))))
  router.serve('revokeExecutor', async (call) => revoked(await changes.revokeExecutor(call.caller, call.param('id'))))
  router.serve('revokeCredential', async (call) =>
    revoked(await changes.revokeCredential(call.caller, call.param('id'))),
  )

  router.serve('review', async () => ok(reviewView(await reviewing.review())))
  router.serve('removeAction', async (call) =>
    revoked(await reviewing.removeAction(call.caller, call.param('id'), call.param('name'))),
  )

  router.serve('trace', async (call) => {
    const trace = call.param('trace')
    if (!/^[0-9a-f]{32}$/.test(trace)) return refuse('not_found', 'A trace id is 32 hex characters.')
    const entries = await requests.readTrace(call.caller, trace)
    return entries.ok ? ok({ trace, entries: entries.value.map(({ body }) => JSON.parse(body)) }) : entries
  })
}

/** Each link ends the one before, and an isolate that logged it would keep it: so the operator has to ask. SPEC 10. */
export function serveFirstAdmin(router: Router, { people, log }: Services): void {
  router.serve('firstAdminLink', async () => {
    const link = await people.firstAdminLink()
    if (link === null) return refuse('forbidden', 'There is an admin already, who can invite others.')
    log.info('first_admin.link_given')
    return ok({ link })
  })
}
