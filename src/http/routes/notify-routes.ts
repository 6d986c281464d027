/**
 * The door for telling people: one's own settings, and what admins look after.
 *
 * In: calls of an approver's session, an operator's credential or an admin. Out: results of `notifications`.
 */

import { deliveryView, deviceView, notificationsView, webhookView } from '../../api/notify-views.ts'
import type { Services } from '../../authority/compose.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import { whoOf } from '../caller.ts'
import type { Router } from '../route.ts'
import { approverOf } from './approver-routes.ts'

const saved = (result: Result<true>) => (result.ok ? ok({ saved: true }) : result)
const removed = (result: Result<true>) => (result.ok ? ok({ revoked: true }) : result)

export function serveNotifications(router: Router, { notifications }: Services): void {
  router.serve('notifications', async ({ approver }) => {
    const { settings, devices, pushKey } = await notifications.of(approverOf(approver))
    return ok(notificationsView(settings, devices, pushKey))
  })
  router.serve('saveNotifications', async ({ approver, body: { push, mail, quiet } }) =>
    saved(await notifications.save(approverOf(approver), { push, byMail: mail, quiet })),
  )
  router.serve('addDevice', async ({ approver, body: { endpoint, keys, label } }) => {
    const added = await notifications.addDevice(approverOf(approver), { endpoint, label, ...keys })
    return added.ok ? ok(deviceView(added.value)) : added
  })
  router.serve('removeDevice', async ({ approver, param }) =>
    removed(await notifications.removeDevice(approverOf(approver), param('id'))),
  )
  router.serve('setMail', async ({ approver, body }) =>
    saved(await notifications.setMail(approverOf(approver), body.address)),
  )
  router.serve('removeMail', async ({ approver }) => removed(await notifications.setMail(approverOf(approver), null)))
  router.serve('confirmMail', async ({ approver, body }) =>
    saved(await notifications.confirmMail(approverOf(approver), body.secret)),
  )
  router.serve('testNotifications', async ({ approver }) => {
    const sent = await notifications.test(approverOf(approver))
    return sent.ok ? ok({ sent: sent.value }) : sent
  })

  router.serve('listWebhooks', async () =>
    ok({ key: notifications.webhookKey, webhooks: (await notifications.webhooks()).map(webhookView) }),
  )
  router.serve('removeWebhook', async (call) =>
    removed(await notifications.removeWebhook(whoOf(call), call.param('id'))),
  )
  router.serve('testWebhooks', async () => ok({ sent: await notifications.testWebhooks() }))
  router.serve('listDeliveries', async ({ query }) =>
    ok({ deliveries: (await notifications.deliveries(query.recipient ?? null)).map(deliveryView) }),
  )
  router.serve('replayDelivery', async ({ param }) => saved(await notifications.replay(param('id'))))
}
