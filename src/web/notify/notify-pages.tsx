/** The notification pages as routes: a person's own settings, and the webhooks that admins manage. */
import type { Hono } from 'hono'
import type { Services } from '../../authority/compose.ts'
import { forBrowsers, type PageAccess } from '../frame/page-access.tsx'
import { NotificationsPage } from './notifications-page.tsx'
import { WebhooksPage } from './webhooks-page.tsx'

export function notifyRoutes(pages: Hono, access: PageAccess, { notifications }: Services): void {
  const own = access.signedIn(async (frame) => (
    <NotificationsPage frame={frame} profile={await notifications.of(frame.person)} />
  ))
  const webhooks = access.withRole(['admin'], async (frame) => (
    <WebhooksPage
      frame={frame}
      webhooks={await notifications.webhooks()}
      publicKey={notifications.webhookKey}
      deliveries={await notifications.deliveries(null)}
    />
  ))
  pages.get('/notifications', own)
  pages.get('/webhooks', forBrowsers(webhooks))
}
