/**
 * Routes of notifications: one's own settings, and the webhooks and deliveries that admins look after.
 *
 * In: calls of an approver's session, an operator's credential or an admin. Out: results of `notifications`.
 */

import {
  acknowledgement,
  deliveryView,
  deviceView,
  notificationsView,
  webhookView,
} from '../../api/notify/notify-shapes.ts'
import { revocationView } from '../../api/wire-fields.ts'
import type { Services } from '../../authority/compose.ts'
import { mapResult, ok } from '../../domain/refusal.ts'
import type { Router } from '../call/router.ts'

export function serveNotifications(router: Router, { notifications }: Services): void {
  router.serve('notifications', async ({ caller }) => {
    return ok(notificationsView(await notifications.of(caller)))
  })
  router.serve('saveNotifications', async ({ caller, body: { push, mail, quiet } }) =>
    mapResult(await notifications.save(caller, { push, byMail: mail, quiet }), acknowledgement),
  )
  router.serve('addDevice', async ({ caller, body: { endpoint, keys, label } }) => {
    return mapResult(await notifications.addDevice(caller, { endpoint, label, ...keys }), deviceView)
  })
  router.serve('removeDevice', async ({ caller, param }) =>
    mapResult(await notifications.removeDevice(caller, param('id')), revocationView),
  )
  router.serve('setMail', async ({ caller, body }) =>
    mapResult(await notifications.setMail(caller, body.address), acknowledgement),
  )
  router.serve('removeMail', async ({ caller }) => mapResult(await notifications.setMail(caller, null), revocationView))
  router.serve('confirmMail', async ({ caller, body }) =>
    mapResult(await notifications.confirmMail(caller, body.secret), acknowledgement),
  )
  router.serve('testNotifications', async ({ caller }) => {
    return mapResult(await notifications.test(caller), (sent) => ({ sent }))
  })

  router.serve('listWebhooks', async () =>
    ok({ key: notifications.webhookKey, webhooks: (await notifications.webhooks()).map(webhookView) }),
  )
  router.serve('removeWebhook', async (call) =>
    mapResult(await notifications.removeWebhook(call.caller, call.param('id')), revocationView),
  )
  router.serve('testWebhooks', async () => ok({ sent: await notifications.testWebhooks() }))
  router.serve('listDeliveries', async ({ query }) =>
    ok({ deliveries: (await notifications.deliveries(query.recipient ?? null)).map(deliveryView) }),
  )
  router.serve('replayDelivery', async ({ param }) =>
    mapResult(await notifications.replay(param('id')), acknowledgement),
  )
}
