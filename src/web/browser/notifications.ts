/** How one is told: enrolling this device, an address, quiet hours, a test. */
import { call, type Reply } from './parts/api.ts'
import { announce, find, renewContent, say } from './parts/dom.ts'
import { subscribe } from './parts/push.ts'

const tell = (text: string, tone?: 'bad') => say(document, text, tone)
const text = (data: FormData, name: string) => String(data.get(name) ?? '').trim()
const done = (reply: Reply<unknown>): string | undefined => (reply.ok ? undefined : reply.message)

let busy = false
/** One change at a time; an attempt that went wrong resolves to why. */
async function change(attempt: () => Promise<string | undefined>, success: string): Promise<void> {
  if (busy) return
  busy = true
  tell('One moment…')
  const trouble = await attempt()
  busy = false
  if (trouble !== undefined) return tell(trouble, 'bad')
  await renewContent()
  suggestZone()
  tell(success)
  announce(success)
}

async function enrol(form: HTMLFormElement): Promise<string | undefined> {
  const label = text(new FormData(form), 'label') || 'This device'
  const subscribed = await subscribe(find(document, '[data-push-key]', HTMLElement).dataset['pushKey'] ?? '')
  if (!subscribed.ok) return subscribed.message
  return done(await call('POST', '/notifications/devices', { body: { ...subscribed.value, label } }))
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
  enrol: [enrol, 'This device rings from now on.'],
  wishes: [save, 'Saved.'],
  mail: [
    async (form) =>
      done(await call('POST', '/notifications/mail', { body: { address: text(new FormData(form), 'address') } })),
    'A link was sent to that address. Open it to confirm.',
  ],
}

async function test(): Promise<void> {
  const reply = await call<{ sent: number }>('POST', '/notifications/test')
  if (!reply.ok) return tell(reply.message, 'bad')
  tell(reply.value.sent === 0 ? 'There is nothing switched on that could be rung.' : 'The test is on its way.')
}

/** The link of a mail carries its proof behind the #, which no server sees before this asks. */
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
