/** A person's notifications: subscribing this device, an e-mail address, preferences, a test. */

import { announce, find, renewContent, say } from './parts/dom.ts'
import { call, type Reply } from './parts/fetch-json.ts'
import { oneAtATime } from './parts/one-at-a-time.ts'
import { subscribe } from './parts/push-subscription.ts'

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

const FORMS: Readonly<Record<string, readonly [(form: HTMLFormElement) => Promise<string | undefined>, string]>> = {
  enrol: [enrol, 'This device receives notifications from now on.'],
  preferences: [save, 'Saved.'],
  mail: [
    async (form) =>
      done(await call('POST', '/notifications/mail', { body: { address: text(new FormData(form), 'address') } })),
    'A link was sent to that address. Open it to confirm.',
  ],
}

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

document.addEventListener('submit', (event) => {
  if (!(event.target instanceof HTMLFormElement)) return
  const form = event.target
  const [attempt, success = ''] = FORMS[Object.keys(form.dataset)[0] ?? ''] ?? []
  if (!attempt) return
  event.preventDefault()
  void change(() => attempt(form), success)
})
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>('button') : null
  if (!button) return
  const { removeDevice, removeMail } = button.dataset
  if (removeDevice !== undefined) {
    void change(async () => done(await call('DELETE', `/notifications/devices/${removeDevice}`)), 'Removed.')
  }
  if (removeMail !== undefined) void change(async () => done(await call('DELETE', '/notifications/mail')), 'Removed.')
  if (button.dataset['test'] !== undefined) void test()
})
suggestZone()
void confirmFromLink()
