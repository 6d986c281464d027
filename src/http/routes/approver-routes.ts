/** Routes of people: sign in, enrol, consent, deny, keep their passkeys. */
import type { JsonObject } from '@countersign/verifier'
import type { Context } from 'hono'
import {
  enrolledView,
  enrolmentStateView,
  invitationView,
  passkeyView,
  sessionsView,
  sessionView,
} from '../../api/people/people-shapes.ts'
import { answerView, revisionView } from '../../api/requests/answer-shapes.ts'
import { requestView } from '../../api/requests/request-shapes.ts'
import { revocationView } from '../../api/wire-fields.ts'
import type { Services } from '../../authority/compose.ts'
import type { NewSession } from '../../authority/people/sessions.ts'
import type { Answer } from '../../authority/requests/consent.ts'
import { mapResult, ok, type Result } from '../../domain/refusal.ts'
import type { Router } from '../call/router.ts'
import { endSession, sessionSecret, startSession } from '../call/session.ts'

export function serveApprovers(router: Router, services: Services): void {
  serveSessions(router, services)
  serveAnswers(router, services)
  servePasskeys(router, services)
}

const optionsView = (options: JsonObject) => ({ options })

function serveSessions(router: Router, { people, config }: Services): void {
  const begin = (context: Context, entered: Result<NewSession>) =>
    mapResult(entered, ({ approver, session }) => {
      startSession(context, config.origin, session, config.sessionTtlSeconds)
      return sessionView(approver)
    })

  router.serve('signInOptions', () => people.signInOptions(), optionsView)
  router.serve('signIn', async ({ body, context, from }) => begin(context, await people.signIn(body.assertion, from())))
  router.serve('signOut', async ({ context }) => {
    const secret = sessionSecret(context.req.raw, config.origin)
    if (secret !== undefined) await people.signOut(secret)
    endSession(context, config.origin)
    return ok(null)
  })
  router.serve('listSessions', async ({ caller }) => ok(await people.sessions(caller)), sessionsView)
  router.serve('endSession', ({ caller, param }) => people.endSessions(caller.id, param('id')), revocationView)
  router.serve('endSessions', ({ caller }) => people.endSessions(caller.id, null), revocationView)
  router.serve('viewInvitation', ({ body }) => people.viewInvitation(body.invitation), invitationView)
  router.serve('enrolOptions', ({ body }) => people.enrolOptions(body))
  router.serve('enrol', async ({ body, context }) => {
    const enrolled = await people.enrol(body)
    if (enrolled.ok && enrolled.value.session !== null) begin(context, ok(enrolled.value.session))
    return mapResult(enrolled, enrolledView)
  })
  router.serve('awaitEnrolment', async ({ body, context }) => {
    const found = await people.awaitEnrolment(body.enrolment)
    if (found.ok && found.value.state === 'enrolled') begin(context, ok(found.value.session))
    return mapResult(found, enrolmentStateView)
  })
}

function serveAnswers(router: Router, { requests, config }: Services): void {
  const viewOf = ({ request }: Answer) => answerView(request)

  router.serve('offerConsent', ({ caller, param }) => requests.offerConsent(caller, param('id')))
  router.serve('consent', ({ caller, param, body }) => requests.consent(caller, param('id'), body), viewOf)
  router.serve(
    'revise',
    ({ caller, param, body }) => requests.revise(caller, param('id'), body.arguments),
    revisionView,
  )
  router.serve('offerRevision', ({ caller, param }) => requests.offerRevision(caller, param('id')))
  router.serve('signRevision', ({ caller, param, body }) => requests.signRevision(caller, param('id'), body), viewOf)
  router.serve(
    'proposeGrant',
    ({ caller, param, body: { expires_in: expiresInSeconds, ...bounds } }) =>
      requests.proposeGrant(caller, param('id'), { ...bounds, expiresInSeconds }),
    (request) => requestView(request, config.origin),
  )
  router.serve('deny', ({ caller, param, body }) => requests.deny(caller, param('id'), body.reason), viewOf)
}

function servePasskeys(router: Router, { people }: Services): void {
  router.serve(
    'acknowledgeBreakGlass',
    ({ caller, param }) => people.acknowledgeBreakGlass(caller, param('id')),
    () => null,
  )
  router.serve('listPasskeys', async ({ caller }) => ok({ passkeys: (await people.passkeys(caller)).map(passkeyView) }))
  router.serve('addPasskeyOptions', ({ caller, body }) => people.addPasskeyOptions(caller, body))
  router.serve('authorisePasskeyOptions', ({ caller, body }) => people.authorisePasskeyOptions(caller, body))
  router.serve('addPasskey', ({ caller, body }) => people.addPasskey(caller, body), passkeyView)
  router.serve(
    'revokePasskey',
    ({ caller, param }) => people.revokePasskey(caller, caller.id, param('id')),
    revocationView,
  )
}
