/**
 * Enrolling this browser for push: asked for by a tap, never before.
 *
 * In: the authority's key. Out: what the browser's push service answered, or a sentence for a person.
 */

export interface Subscribed {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

export type Subscription =
  | { readonly ok: true; readonly value: Subscribed }
  | { readonly ok: false; readonly message: string }

const no = (message: string): Subscription => ({ ok: false, message })

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

/** The one address that the page's policy lets be a worker. */
function workerAddress(): string {
  const address = '/service-worker.js'
  const types: TrustedTypes | undefined = Reflect.get(globalThis, 'trustedTypes')
  return types?.createPolicy('service-worker', { createScriptURL: () => address }).createScriptURL(address) ?? address
}

export async function subscribe(publicKey: string): Promise<Subscription> {
  if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) {
    return no('This browser cannot be rung. On an iPhone or iPad, add this page to the home screen first.')
  }
  if ((await Notification.requestPermission()) !== 'granted') {
    return no('Your browser does not let this page notify you. Allow it in the settings of this site, then try again.')
  }
  try {
    const registered = await navigator.serviceWorker.register(workerAddress())
    await navigator.serviceWorker.ready
    const options = { userVisibleOnly: true, applicationServerKey: publicKey }
    const { endpoint, keys } = (await registered.pushManager.subscribe(options)).toJSON()
    const { p256dh, auth } = keys ?? {}
    if (!endpoint || !p256dh || !auth) return no('Your browser’s push service answered with nothing to ring.')
    return { ok: true, value: { endpoint, keys: { p256dh, auth } } }
  } catch {
    return no('Your browser’s push service cannot be reached. Try again, or use e-mail.')
  }
}
