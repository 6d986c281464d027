/** A person's notifications: subscribing this device, an e-mail address, preferences, a test. */
import { announce, find, onClick, oneAtATime, onSubmit, renewContent, say } from './parts/dom.ts'
import { call, type Reply } from './parts/fetch-json.ts'
import type { Gesture } from './parts/passkey-gesture.ts'

const tell = (text: string, tone?: 'bad') => say(document, text, tone)
const text = (data: FormData, name: string) => String(data.get(name) ?? '').trim()
const done = (reply: Reply<unknown>): string | undefined => (reply.ok ? undefined : reply.message)

/** An attempt resolves to the reason for its failure, if any. */
const change = (attempt: () => Promise<string | undefined>, success: string): Promise<void> =>
  oneAtATime(async () => {
    tell('One moment…')
    const failure = await attempt()
    if (failure !== undefined) return tell(failure, 'bad')
    await renewContent()
    suggestZone()
    tell(success)
    announce(success)
  })

interface Subscription {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

/** The only URL that the page's trusted types policy allows for a worker. */
function workerAddress(): string {
  const address = '/service-worker.js'
  const types: TrustedTypes | undefined = Reflect.get(globalThis, 'trustedTypes')
  return types?.createPolicy('service-worker', { createScriptURL: () => address }).createScriptURL(address) ?? address
}

const failure = (message: string): Gesture<Subscription> => ({ ok: false, message })

/** The browser asks for permission only after a click, never before. */
async function subscribe(publicKey: string): Promise<Gesture<Subscription>> {
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

async function enrol(form: HTMLFormElement): Promise<string | undefined> {
  const label = text(new FormData(form), 'label') || 'This device'
  const subscription = await subscribe(find(document, '[data-push-key]', HTMLElement).dataset['pushKey'] ?? '')
  if (!subscription.ok) return subscription.message
  return done(await call('POST', '/notifications/devices', { body: { ...subscription.value, label } }))
}

const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))

async function save(form: HTMLFormElement): Promise<string | undefined> {
  const data = new FormData(form)
  const hours = { from: minutes(text(data, 'from')), to: minutes(text(data, 'to')), zone: text(data, 'zone') }
  const quiet = data.has('quiet') ? hours : null
  const body = { push: data.has('push'), mail: data.has('mail'), quiet }
  return done(await call('POST', '/notifications/mine', { body }))
}

const setAddress = async (form: HTMLFormElement) =>
  done(await call('POST', '/notifications/mail', { body: { address: text(new FormData(form), 'address') } }))

const FORMS = [
  ['[data-enrol]', enrol, 'This device receives notifications from now on.'],
  ['[data-preferences]', save, 'Saved.'],
  ['[data-mail]', setAddress, 'A link was sent to that address. Open it to confirm.'],
] as const

async function test(): Promise<void> {
  const reply = await call<{ sent: number }>('POST', '/notifications/test')
  if (!reply.ok) return tell(reply.message, 'bad')
  tell(reply.value.sent === 0 ? 'No device or address is turned on.' : 'The test is being sent.')
}

/** The link in the e-mail carries its secret in the fragment, which reaches the server only with this call. */
async function confirmFromLink(): Promise<void> {
  const secret = location.hash.slice(1)
  if (!/^\d+\.[\w-]+$/.test(secret)) return
  history.replaceState(null, '', location.pathname)
  const confirm = async () => done(await call('POST', '/notifications/mail/confirmation', { body: { secret } }))
  await change(confirm, 'The address is confirmed.')
}

function suggestZone(): void {
  const zone = find(document, '#zone', HTMLInputElement)
  zone.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone
}

for (const [selector, attempt, success] of FORMS) onSubmit(selector, (form) => change(() => attempt(form), success))
const remove = (path: string) => change(async () => done(await call('DELETE', path)), 'Removed.')
onClick('[data-remove-device]', ({ dataset }) => remove(`/notifications/devices/${dataset['removeDevice']}`))
onClick('[data-remove-mail]', () => remove('/notifications/mail'))
onClick('[data-test]', test)
suggestZone()
void confirmFromLink()
