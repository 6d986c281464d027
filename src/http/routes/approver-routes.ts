/**
 * The approvers' door: sign in, enrol, consent, deny, keep one's passkeys.
 *
 * In: calls of the authority's own pages. Out: results of `access` and `authority`; a session cookie.
 */
import type { Context } from 'hono'
import { invitationView, sessionView } from '../../api/people/entrance-shapes.ts'
import { passkeyView } from '../../api/people/passkey-shapes.ts'
import { answerView } from '../../api/requests/answer-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { NewSession } from '../../authority/people/sessions.ts'
import type { Answer } from '../../authority/requests/consent.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { Router } from '../call/router.ts'
import { endSession, sessionSecret, startSession } from '../call/session.ts'

export function serveApprovers(router: Router, services: Services): void {
  serveSessions(router, services)
  serveAnswers(router, services)
  servePasskeys(router, services)
}

function serveSessions(router: Router, { people, config }: Services): void {
  const options = <T>(result: Result<T>) => (result.ok ? ok({ options: result.value }) : result)

  function signedIn(context: Context, result: Result<NewSession>): Result<unknown> {
    if (!result.ok) return result
    const { approver, session } = result.value
    startSession(context, config.origin, session, config.sessionTtlSeconds)
    return ok(sessionView(approver))
  }

  router.serve('signInOptions', async () => options(await people.signInOptions()))
  router.serve('signIn', async ({ body, context }) => signedIn(context, await people.signIn(body.assertion)))
  router.serve('signOut', async ({ context }) => {
    const secret = sessionSecret(context.req.raw, config.origin)
    if (secret !== undefined) await people.signOut(secret)
    endSession(context, config.origin)
    return ok(null)
  })
  router.serve('viewInvitation', async ({ body }) => {
    const found = await people.viewInvitation(body.invitation)
    return found.ok ? ok(invitationView(found.value)) : found
  })
  router.serve('enrolOptions', async ({ body }) => options(await people.enrolOptions(body)))
  router.serve('enrol', async ({ body, context }) => signedIn(context, await people.enrol(body)))
}

function serveAnswers(router: Router, { requests }: Services): void {
  const answered = (result: Result<Answer>) => (result.ok ? ok(answerView(result.value.request)) : result)

  router.serve('offerConsent', ({ caller, param }) => requests.offerConsent(caller, param('id')))
  router.serve('consent', async ({ caller, param, body }) =>
    answered(await requests.consent(caller, param('id'), body.assertion)),
  )
  router.serve('deny', async ({ caller, param, body }) =>
    answered(await requests.deny(caller, param('id'), body.reason)),
  )
}

function servePasskeys(router: Router, { people }: Services): void {
  router.serve('listPasskeys', async ({ caller }) => {
    const passkeys = await people.passkeys(caller)
    return ok({ passkeys: passkeys.map(passkeyView) })
  })
  router.serve('addPasskeyOptions', async ({ caller, body }) => {
    const offered = await people.addPasskeyOptions(caller, body.label)
    return offered.ok ? ok({ options: offered.value }) : offered
  })
  router.serve('addPasskey', async ({ caller, body }) => {
    const added = await people.addPasskey(caller, body)
    return added.ok ? ok(passkeyView(added.value)) : added
  })
  router.serve('revokePasskey', async ({ caller, param }) => {
    const revoked = await people.revokePasskey(caller, param('id'))
    return revoked.ok ? ok({ revoked: true }) : revoked
  })
}
