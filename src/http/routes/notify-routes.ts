/**
 * The door for telling people: one's own settings, and what admins look after.
 *
 * In: calls of an approver's session, an operator's credential or an admin. Out: results of `notifications`.
 */

import { deliveryView, deviceView, notificationsView, webhookView } from '../../api/notify/notify-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { Router } from '../call/router.ts'

const saved = (result: Result<true>) => (result.ok ? ok({ saved: true }) : result)
const removed = (result: Result<true>) => (result.ok ? ok({ revoked: true }) : result)

export function serveNotifications(router: Router, { notifications }: Services): void {
  router.serve('notifications', async ({ caller }) => {
    return ok(notificationsView(await notifications.of(caller)))
  })
  router.serve('saveNotifications', async ({ caller, body: { push, mail, quiet } }) =>
    saved(await notifications.save(caller, { push, byMail: mail, quiet })),
  )
  router.serve('addDevice', async ({ caller, body: { endpoint, keys, label } }) => {
    const added = await notifications.addDevice(caller, { endpoint, label, ...keys })
    return added.ok ? ok(deviceView(added.value)) : added
  })
  router.serve('removeDevice', async ({ caller, param }) =>
    removed(await notifications.removeDevice(caller, param('id'))),
  )
  router.serve('setMail', async ({ caller, body }) => saved(await notifications.setMail(caller, body.address)))
  router.serve('removeMail', async ({ caller }) => removed(await notifications.setMail(caller, null)))
  router.serve('confirmMail', async ({ caller, body }) => saved(await notifications.confirmMail(caller, body.secret)))
  router.serve('testNotifications', async ({ caller }) => {
    const sent = await notifications.test(caller)
    return sent.ok ? ok({ sent: sent.value }) : sent
  })

  router.serve('listWebhooks', async () =>
    ok({ key: notifications.webhookKey, webhooks: (await notifications.webhooks()).map(webhookView) }),
  )
  router.serve('removeWebhook', async (call) =>
    removed(await notifications.removeWebhook(call.caller, call.param('id'))),
  )
  router.serve('testWebhooks', async () => ok({ sent: await notifications.testWebhooks() }))
  router.serve('listDeliveries', async ({ query }) =>
    ok({ deliveries: (await notifications.deliveries(query.recipient ?? null)).map(deliveryView) }),
  )
  router.serve('replayDelivery', async ({ param }) => saved(await notifications.replay(param('id'))))
}
