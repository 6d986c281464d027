/** Routes of administration: changes to the authority, the parties it knows, one trace. */
import { traceView } from '../../api/ledger/ledger-shapes.ts'
import {
  agentView,
  approverView,
  changeResultView,
  executorView,
  groupView,
  invitationLinkView,
  openInvitationView,
  ownCredentialView,
  personView,
} from '../../api/parties/party-shapes.ts'
import { reviewView } from '../../api/parties/review-shapes.ts'
import { requestView, tokenView } from '../../api/requests/request-shapes.ts'
import { revocationView } from '../../api/wire-fields.ts'
import type { Services } from '../../authority/compose.ts'
import { mapResult, ok, refuse } from '../../domain/refusal.ts'
import { possessionOf } from '../call/call-headers.ts'
import type { Router } from '../call/router.ts'

export function serveAdministration(router: Router, services: Services): void {
  serveChanges(router, services)
  serveParties(router, services)
  serveTrace(router, services)
}

function serveChanges(router: Router, { changes, config }: Services): void {
  router.serve(
    'openAdministration',
    ({ caller, body }) => changes.propose(caller, body.action),
    ({ request }) => requestView(request, config.origin),
  )
  router.serve('collectAdministration', ({ caller, param }) => changes.collect(caller, param('id')), tokenView)
  router.serve('administer', async ({ caller, body: { action }, context }) => {
    const token = context.req.header('approval-token') ?? null
    const possession = possessionOf(context, config.origin)
    return mapResult(await changes.perform(caller, { action, token, possession }), changeResultView)
  })
}

function serveParties(router: Router, { changes, people, reviewing, stop }: Services): void {
  router.serve('listAgents', async () => ok({ agents: (await people.agents()).map(agentView) }))
  router.serve('listExecutors', async () => ok({ executors: (await people.executors()).map(executorView) }))
  router.serve('listApprovers', async () => ok({ approvers: (await people.approvers()).map(approverView) }))
  router.serve('listGroups', async () => ok({ groups: (await people.groups()).map(groupView) }))
  router.serve('inviteApprover', ({ caller, body }) => people.invite(caller, body), invitationLinkView)
  router.serve('recoverPerson', ({ caller, param }) => people.recover(caller, param('id')), invitationLinkView)
  router.serve('viewPerson', ({ param }) => people.view(param('id')), personView)
  router.serve('suspendPerson', ({ caller, param }) => people.suspend(caller, param('id')), revocationView)
  router.serve('signOutPerson', ({ param }) => people.endSessions(param('id'), null), revocationView)
  router.serve(
    'revokePersonPasskey',
    ({ caller, param }) => people.revokePasskey(caller, param('id'), param('passkey')),
    revocationView,
  )
  router.serve('listInvitations', async () => ok({ invitations: (await people.invitations()).map(openInvitationView) }))
  router.serve(
    'withdrawInvitation',
    ({ caller, param }) => people.withdrawInvitation(caller, param('id')),
    revocationView,
  )
  router.serve('revokeAgent', ({ caller, param }) => changes.revokeAgent(caller, param('id')), revocationView)
  router.serve('revokeExecutor', ({ caller, param }) => changes.revokeExecutor(caller, param('id')), revocationView)
  router.serve('revokeCredential', ({ caller, param }) => changes.revokeCredential(caller, param('id')), revocationView)
  router.serve('viewOwnCredential', ({ caller, query }) => stop.ownStanding(caller, query.audience), ownCredentialView)
  router.serve('review', async () => ok(reviewView(await reviewing.review())))
  router.serve(
    'removeAction',
    ({ caller, param }) => reviewing.removeAction(caller, param('id'), param('name')),
    revocationView,
  )
}

function serveTrace(router: Router, { requests }: Services): void {
  router.serve('trace', async ({ caller, param }) => {
    const trace = param('trace')
    if (!/^[0-9a-f]{32}$/.test(trace)) return refuse('not_found', 'A trace id is 32 hex characters.')
    return mapResult(await requests.readTrace(caller, trace), (story) => traceView(trace, story))
  })
}

/** For the operator of a runtime without a console: a log would keep the link, and each link ends the one before. */
export function serveFirstAdmin(router: Router, { people, log }: Services): void {
  router.serve('firstAdminLink', async () => {
    const link = await people.firstAdminLink()
    if (link === null) return refuse('forbidden', 'There is an admin already, who can invite others.')
    log.info('first_admin.link_given')
    return ok({ link })
  })
}
