/** Routes of notifications: one's own settings, and the webhooks and deliveries that admins look after. */
import {
  acknowledgement,
  deliveryView,
  deviceView,
  notificationsView,
  webhookView,
} from '../../api/notify/notify-shapes.ts'
import { revocationView } from '../../api/wire-fields.ts'
import type { Services } from '../../authority/compose.ts'
import { ok } from '../../domain/refusal.ts'
import type { Router } from '../call/router.ts'

export function serveNotifications(router: Router, { notifications }: Services): void {
  router.serve('notifications', async ({ caller }) => {
    return ok(notificationsView(await notifications.of(caller)))
  })
  router.serve(
    'saveNotifications',
    ({ caller, body: { push, mail, quiet } }) => notifications.save(caller, { push, byMail: mail, quiet }),
    acknowledgement,
  )
  router.serve(
    'addDevice',
    ({ caller, body: { endpoint, keys, label } }) => notifications.addDevice(caller, { endpoint, label, ...keys }),
    deviceView,
  )
  router.serve('removeDevice', ({ caller, param }) => notifications.removeDevice(caller, param('id')), revocationView)
  router.serve('setMail', ({ caller, body }) => notifications.setMail(caller, body.address), acknowledgement)
  router.serve('removeMail', ({ caller }) => notifications.setMail(caller, null), revocationView)
  router.serve('confirmMail', ({ caller, body }) => notifications.confirmMail(caller, body.secret), acknowledgement)
  router.serve(
    'testNotifications',
    ({ caller }) => notifications.test(caller),
    (sent) => ({ sent }),
  )

  router.serve('listWebhooks', async () =>
    ok({ key: notifications.webhookKey, webhooks: (await notifications.webhooks()).map(webhookView) }),
  )
  router.serve('removeWebhook', (call) => notifications.removeWebhook(call.caller, call.param('id')), revocationView)
  router.serve('testWebhooks', async () => ok({ sent: await notifications.testWebhooks() }))
  router.serve('listDeliveries', async ({ query }) =>
    ok({ deliveries: (await notifications.deliveries(query.recipient ?? null)).map(deliveryView) }),
  )
  router.serve('replayDelivery', ({ param }) => notifications.replay(param('id')), acknowledgement)
}
