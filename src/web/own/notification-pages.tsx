/**
 * The pages of telling people: one's own, and the endpoints that admins look after.
 *
 * In: the services, and who is signed in. Out: two routes. `/webhooks` is an endpoint to programs.
 */
import type { Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import type { Door } from '../frame/page-access.tsx'
import { WebhooksPage } from '../manage/webhooks-page.tsx'
import { wantsHtml } from '../pages.tsx'
import { NotificationsPage } from './notifications-page.tsx'

export function notificationRoutes(pages: Hono, door: Door, { notifications }: Services): void {
  const mine = door.signedIn(async (frame) => (
    <NotificationsPage frame={frame} reached={await notifications.of(frame.person)} />
  ))
  const webhooks = door.adminOnly(async (frame) => (
    <WebhooksPage
      frame={frame}
      webhooks={await notifications.webhooks()}
      publicKey={notifications.webhookKey}
      deliveries={await notifications.deliveries(null)}
    />
  ))
  pages.get('/notifications', mine)
  pages.get('/webhooks', (c, next) => (wantsHtml(c) ? webhooks(c, next) : next()))
}
