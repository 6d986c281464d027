/** The endpoints of notifications: one's own settings, and the webhooks and deliveries that admins look after. */
import { define } from '../endpoint.ts'
import { Revocation } from '../wire-fields.ts'
import * as s from './notify-shapes.ts'

/** For everyone who is signed in. */
const own = { callers: [], session: 'any' } as const

/** For operators and admins. */
const managed = { callers: ['operator'], session: 'admin' } as const

export const notifyEndpoints = define('notifications', {
  notifications: {
    ...own,
    method: 'GET',
    path: '/notifications/mine',
    summary: 'Read one’s own notification settings',
    response: s.NotificationsView,
  },
  saveNotifications: {
    ...own,
    method: 'POST',
    path: '/notifications/mine',
    summary: 'Choose channels and quiet hours',
    body: s.NotificationSettings,
    response: s.Acknowledgement,
  },
  addDevice: {
    ...own,
    method: 'POST',
    path: '/notifications/devices',
    summary: 'Enrol a browser for push (RFC 8030)',
    body: s.DeviceSubscription,
    status: 201,
    response: s.DeviceView,
  },
  removeDevice: {
    ...own,
    method: 'DELETE',
    path: '/notifications/devices/:id',
    summary: 'Remove one of one’s own devices',
    response: Revocation,
    refusals: ['not_found'],
  },
  setMail: {
    ...own,
    method: 'POST',
    path: '/notifications/mail',
    summary: 'Set the e-mail address. It is used once the link sent to it was opened',
    body: s.MailAddress,
    response: s.Acknowledgement,
    refusals: ['rate_limited'],
  },
  removeMail: {
    ...own,
    method: 'DELETE',
    path: '/notifications/mail',
    summary: 'Remove the e-mail address',
    response: Revocation,
  },
  confirmMail: {
    ...own,
    method: 'POST',
    path: '/notifications/mail/confirmation',
    summary: 'Confirm the e-mail address with the secret of its link',
    body: s.MailSecret,
    response: s.Acknowledgement,
    refusals: ['not_found'],
  },
  testNotifications: {
    ...own,
    method: 'POST',
    path: '/notifications/test',
    summary: 'Send a test to all of one’s own channels',
    response: s.MessageCount,
    refusals: ['rate_limited'],
  },
  listWebhooks: {
    ...managed,
    method: 'GET',
    path: '/webhooks',
    summary: 'List webhooks, and the key that signs their messages',
    response: s.Webhooks,
  },
  removeWebhook: {
    ...managed,
    method: 'DELETE',
    path: '/webhooks/:id',
    summary: 'Remove a webhook',
    response: Revocation,
    refusals: ['not_found'],
  },
  testWebhooks: {
    ...managed,
    method: 'POST',
    path: '/webhooks/test',
    summary: 'Send a test to every webhook',
    response: s.MessageCount,
  },
  listDeliveries: {
    ...managed,
    method: 'GET',
    path: '/deliveries',
    summary: 'Recent deliveries and their results; `recipient`: a person or a webhook',
    query: s.DeliveriesQuery,
    response: s.Deliveries,
  },
  replayDelivery: {
    ...managed,
    method: 'POST',
    path: '/deliveries/:id/replay',
    summary: 'Send a delivery again, under the same id',
    response: s.Acknowledgement,
    refusals: ['not_found'],
  },
})
