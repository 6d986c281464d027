/**
 * The service worker: shows push messages as notifications, and opens the page a notification names. It answers no
 * fetch and caches nothing, so approvals always come from the authority.
 */
declare const self: ServiceWorkerGlobalScope

export {}

interface PushMessage {
  readonly title: string
  readonly body: string
  readonly path: string
  readonly tag: string
}

self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()))

self.addEventListener('push', (event) => {
  const message: PushMessage | undefined = event.data?.json()
  if (!message) return
  const { title, body, path, tag } = message
  event.waitUntil(self.registration.showNotification(title, { body, tag, data: path }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(String(event.notification.data)))
})

/** Focuses a window that shows the page already, else opens a new one: an answer in progress is not disturbed. */
async function open(path: string): Promise<unknown> {
  // Resolved against this origin, and never leaving it.
  const { pathname } = new URL(path, location.origin)
  const windows = await self.clients.matchAll({ type: 'window' })
  const shown = windows.find((client) => new URL(client.url).pathname === pathname)
  return shown ? shown.focus() : self.clients.openWindow(pathname)
}
