/**
 * Subscribing this browser to push messages: only after a click, never before.
 *
 * In: the authority's key. Out: the browser's subscription, or a sentence for a person.
 */

export interface PushSubscriptionKeys {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

export type SubscriptionResult =
  | { readonly ok: true; readonly value: PushSubscriptionKeys }
  | { readonly ok: false; readonly message: string }

const failure = (message: string): SubscriptionResult => ({ ok: false, message })

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

/** The only URL that the page's trusted types policy allows for a worker. */
function workerAddress(): string {
  const address = '/service-worker.js'
  const types: TrustedTypes | undefined = Reflect.get(globalThis, 'trustedTypes')
  return types?.createPolicy('service-worker', { createScriptURL: () => address }).createScriptURL(address) ?? address
}

export async function subscribe(publicKey: string): Promise<SubscriptionResult> {
  if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) {
    return failure(
      'This browser cannot receive notifications. On an iPhone or iPad, add this page to the home screen first.',
    )
  }
  if ((await Notification.requestPermission()) !== 'granted') {
    return failure('Your browser blocks notifications from this site. Allow them in the site settings, then try again.')
  }
  try {
    const registered = await navigator.serviceWorker.register(workerAddress())
    await navigator.serviceWorker.ready
    const options = { userVisibleOnly: true, applicationServerKey: publicKey }
    const { endpoint, keys } = (await registered.pushManager.subscribe(options)).toJSON()
    const { p256dh, auth } = keys ?? {}
    if (!endpoint || !p256dh || !auth)
      return failure('Your browser’s push service returned no subscription. Try again, or use e-mail.')
    return { ok: true, value: { endpoint, keys: { p256dh, auth } } }
  } catch {
    return failure('Your browser’s push service is unreachable. Try again, or use e-mail.')
  }
}
