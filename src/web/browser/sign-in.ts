/** Signing in with a discoverable passkey: no name to type. */
import { call } from './parts/api.ts'
import { find, say } from './parts/dom.ts'
import { askForPasskey, type RequestOptions } from './parts/passkey-gesture.ts'

const main = find(document, 'main', HTMLElement)
const button = find(document, '[data-sign-in]', HTMLButtonElement)

async function signIn(): Promise<string | undefined> {
  say(main, 'Waiting for your passkey…')
  const offer = await call<{ options: RequestOptions }>('POST', '/session/options')
  if (!offer.ok) return offer.message
  const gesture = await askForPasskey(offer.value.options)
  if (!gesture.ok) return gesture.message
  const reply = await call('POST', '/session', { body: { assertion: gesture.value } })
  if (!reply.ok) return reply.message
  location.replace(main.dataset['to'] ?? '/')
  return undefined
}

let busy = false
button.addEventListener('click', async () => {
  if (busy) return
  busy = true
  const trouble = await signIn()
  if (trouble) say(main, trouble, 'bad')
  busy = false
})
