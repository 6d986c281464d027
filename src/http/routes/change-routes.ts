/**
 * The door for changes to the authority itself, and for reading one trace.
 *
 * In: calls of an operator's credential or an admin's session. Out: results of `administration`.
 */

import { changeResultView } from '../../api/parties/change-shapes.ts'
import { agentView, approverView, executorView } from '../../api/parties/party-shapes.ts'
import { reviewView } from '../../api/parties/review-shapes.ts'
import { requestView, tokenView } from '../../api/requests/request-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { Router } from '../call/router.ts'

const revoked = (result: Result<true>) => (result.ok ? ok({ revoked: true }) : result)

export function serveAdministration(router: Router, { changes, people, reviewing, requests, config }: Services): void {
  router.serve('openAdministration', async ({ caller, body }) => {
    const opened = await changes.propose(caller, body.action)
    return opened.ok ? ok(requestView(opened.value.request, config.origin)) : opened
  })
  router.serve('collectAdministration', async ({ caller, param }) => {
    const minted = await changes.collect(caller, param('id'))
    return minted.ok ? ok(tokenView(minted.value)) : minted
  })
  router.serve('administer', async (call) => {
    const token = call.context.req.header('approval-token') ?? null
    const done = await changes.perform(call.caller, { action: call.body.action, token })
    return done.ok ? ok(changeResultView(done.value)) : done
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
