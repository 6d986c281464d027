/**
 * Stopping over HTTP: engage kill switches, look at them, confirm them, revoke tokens.
 *
 * In: calls of an operator's credential, an approver's session, an auditor, an executor. Out: results of `stop`.
 */

import { introspectionView, killSwitchView, watchedSwitchView } from '../../api/stop/stop-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import { idempotencyKey } from '../call/call-headers.ts'
import { oauthError } from '../answer/oauth-error.ts'
import type { Router } from '../call/router.ts'

export function serveStop(router: Router, services: Services): void {
  serveSwitches(router, services)
  serveRevocations(router, services)
}

function serveSwitches(router: Router, { stop }: Services): void {
  router.serve('engageKillSwitch', async (call) => {
    const key = idempotencyKey(call.context)
    if (!key.ok) return key
    const { selector, reason } = call.body
    const bodyHash = key.value === undefined ? undefined : await call.bodyHash()
    const engaged = await stop.engage(call.caller, { selector, reason, idempotencyKey: key.value, bodyHash })
    return engaged.ok ? ok(killSwitchView(engaged.value)) : engaged
  })
  router.serve('listKillSwitches', async () => ok({ killswitches: (await stop.list()).map(killSwitchView) }))
  // Before the switches by id, one of which it would otherwise be.
  router.serve('previewKillSwitch', ({ query }) => stop.preview(query))
  router.serve('viewKillSwitch', async ({ param }) => {
    const seen = await stop.view(param('id'))
    return seen.ok ? ok(watchedSwitchView(seen.value)) : seen
  })
  router.serve('confirmStop', async ({ caller, body }) => {
    const confirmed = await stop.confirm(caller, body)
    return confirmed.ok ? ok({ confirmed: true }) : confirmed
  })
}

function serveRevocations(router: Router, { stop }: Services): void {
  const revoked = (result: Result<true>) => (result.ok ? ok({ revoked: true }) : result)
  router.serve('revokeToken', async (call) => revoked(await stop.revokeToken(call.caller, call.param('jti'))))
  router.serve('revokeRequest', async (call) => revoked(await stop.revokeRequest(call.caller, call.param('id'))))
  router.serveRaw(
    'oauthRevoke',
    async ({ caller, form, context }) => {
      const done = await stop.revokePresented(caller, form.token)
      return done.ok ? context.body(null, 200) : oauthError(done.refusal)
    },
    oauthError,
  )
  router.serveRaw(
    'introspect',
    async ({ caller, form, context }) => context.json(introspectionView(await stop.introspect(caller, form.token))),
    oauthError,
  )
}
