/**
 * The service worker: shows what a push says, and opens the page it names.
 *
 * In: pushes that only the authority can send to this browser, with generic words and a path. Out: notifications.
 * It answers no fetch and caches nothing: what is approved is always read from the authority.
 */
export {}

interface Pushed {
  readonly title: string
  readonly body: string
  readonly path: string
  readonly tag: string
}

interface Extended extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface PushEvent extends Extended {
  readonly data: { json(): Pushed } | null
}
interface NotificationEvent extends Extended {
  readonly notification: Notification
}
interface Client {
  readonly url: string
  focus(): Promise<Client>
}
interface Worker {
  readonly registration: ServiceWorkerRegistration
  readonly clients: { matchAll(of: { type: 'window' }): Promise<Client[]>; openWindow(url: string): Promise<unknown> }
  skipWaiting(): Promise<void>
  addEventListener(type: 'push', listener: (event: PushEvent) => void): void
  addEventListener(type: 'notificationclick', listener: (event: NotificationEvent) => void): void
  addEventListener(type: 'install', listener: (event: Extended) => void): void
}

const worker = globalThis as unknown as Worker

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()))

worker.addEventListener('push', (event) => {
  const pushed = event.data?.json()
  if (!pushed) return
  const { title, body, path, tag } = pushed
  event.waitUntil(worker.registration.showNotification(title, { body, tag, data: path }))
})

worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(String(event.notification.data)))
})

/** In a window that shows it already, else in a new one: what somebody is about to answer is not taken away. */
async function open(path: string): Promise<unknown> {
  // Resolved against this origin, and only ever on it.
  const { pathname } = new URL(path, location.origin)
  const windows = await worker.clients.matchAll({ type: 'window' })
  const shown = windows.find((client) => new URL(client.url).pathname === pathname)
  return shown ? shown.focus() : worker.clients.openWindow(pathname)
}
