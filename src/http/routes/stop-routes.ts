/**
 * The door of live control: stop things, see what is stopped, say that it was felt.
 *
 * In: calls of an operator's credential, an approver's session, an auditor, an executor. Out: results of `control`.
 */

import { introspectionView, killSwitchView, watchedSwitchView } from '../../api/stop/stop-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import { idempotencyKey } from '../call-headers.ts'
import { oauthError } from '../oauth-error.ts'
import type { Router } from '../route.ts'

export function serveControl(router: Router, services: Services): void {
  serveSwitches(router, services)
  serveRevocations(router, services)
}

function serveSwitches(router: Router, { control }: Services): void {
  router.serve('engageKillSwitch', async (call) => {
    const key = idempotencyKey(call.context)
    if (!key.ok) return key
    const { selector, reason } = call.body
    const bodyHash = key.value === undefined ? undefined : await call.bodyHash()
    const engaged = await control.engage(call.caller, { selector, reason, idempotencyKey: key.value, bodyHash })
    return engaged.ok ? ok(killSwitchView(engaged.value)) : engaged
  })
  router.serve('listKillSwitches', async () => ok({ killswitches: (await control.list()).map(killSwitchView) }))
  // Before the switches by id, one of which it would otherwise be.
  router.serve('previewKillSwitch', ({ query }) => control.preview(query))
  router.serve('viewKillSwitch', async ({ param }) => {
    const seen = await control.view(param('id'))
    return seen.ok ? ok(watchedSwitchView(seen.value)) : seen
  })
  router.serve('confirmStop', async ({ caller, body }) => {
    const confirmed = await control.confirm(caller, body)
    return confirmed.ok ? ok({ confirmed: true }) : confirmed
  })
}

function serveRevocations(router: Router, { revoking }: Services): void {
  const revoked = (result: Result<true>) => (result.ok ? ok({ revoked: true }) : result)
  router.serve('revokeToken', async (call) => revoked(await revoking.revokeToken(call.caller, call.param('jti'))))
  router.serve('revokeRequest', async (call) => revoked(await revoking.revokeRequest(call.caller, call.param('id'))))
  router.serveRaw(
    'oauthRevoke',
    async ({ caller, form, context }) => {
      const done = await revoking.revokePresented(caller, form.token)
      return done.ok ? context.body(null, 200) : oauthError(done.refusal)
    },
    oauthError,
  )
  router.serveRaw(
    'introspect',
    async ({ caller, form, context }) => context.json(introspectionView(await revoking.introspect(caller, form.token))),
    oauthError,
  )
}
