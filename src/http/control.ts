/**
 * The door of live control: stop things, see what is stopped, say that it was felt.
 *
 * In: calls of an operator's credential, an approver's session, an auditor, an executor. Out: results of `control`.
 */
import { ok } from '../action/refusal.ts'
import { killSwitchView, watchedSwitchView } from '../api/control-views.ts'
import type { Services } from '../services.ts'
import { callerOf } from './agents.ts'
import { whoOf } from './caller.ts'
import { idempotencyKey } from './prefer.ts'
import type { Router } from './route.ts'

export function serveControl(router: Router, { control }: Services): void {
  router.serve('engageKillSwitch', async (call) => {
    const key = idempotencyKey(call.context)
    if (!key.ok) return key
    const { selector, reason } = call.body
    const bodyHash = key.value === undefined ? undefined : await call.bodyHash()
    const engaged = await control.engage(whoOf(call), { selector, reason, idempotencyKey: key.value, bodyHash })
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
    const confirmed = await control.confirm(callerOf(caller), body)
    return confirmed.ok ? ok({ confirmed: true }) : confirmed
  })
}
