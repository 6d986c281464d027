/** Stopping over HTTP: engage kill switches, look at them, confirm them, revoke tokens. */
import {
  engagedSwitchView,
  introspectionView,
  killSwitchView,
  reachView,
  watchedSwitchView,
} from '../../api/stop/stop-shapes.ts'
import { revocationView } from '../../api/wire-fields.ts'
import type { Services } from '../../authority/compose.ts'
import { mapResult, ok } from '../../domain/refusal.ts'
import { oauthError } from '../answer/problem-response.ts'
import { idempotencyOf } from '../call/call-headers.ts'
import type { Router } from '../call/router.ts'

export function serveStop(router: Router, services: Services): void {
  serveSwitches(router, services)
  serveRevocations(router, services)
}

function serveSwitches(router: Router, { stop }: Services): void {
  router.serve('engageKillSwitch', async ({ caller, body, bodyHash, context }) => {
    const idempotency = await idempotencyOf(context, bodyHash)
    if (!idempotency.ok) return idempotency
    return mapResult(await stop.engage(caller, { ...body, ...idempotency.value }), engagedSwitchView)
  })
  router.serve('listKillSwitches', async () => ok({ killswitches: (await stop.list()).map(killSwitchView) }))
  // Before the switch by its id: `preview` would be taken for one.
  router.serve('previewKillSwitch', ({ query }) => stop.preview(query), reachView)
  router.serve('viewKillSwitch', ({ param }) => stop.view(param('id')), watchedSwitchView)
  router.serve(
    'confirmStop',
    ({ caller, body }) => stop.confirm(caller, body),
    () => ({ confirmed: true }),
  )
}

function serveRevocations(router: Router, { stop }: Services): void {
  router.serve('revokeToken', ({ caller, param }) => stop.revokeToken(caller, param('jti')), revocationView)
  router.serve('revokeRequest', ({ caller, param }) => stop.revokeRequest(caller, param('id')), revocationView)
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
