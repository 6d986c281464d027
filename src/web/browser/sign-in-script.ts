/** Signing in with a discoverable passkey: no name to type. */
import { find, oneAtATime, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'
import { askForPasskey, type RequestOptions } from './parts/passkey-gesture.ts'

const main = find(document, 'main', HTMLElement)

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

find(document, '[data-sign-in]', HTMLButtonElement).addEventListener('click', () =>
  oneAtATime(async () => {
    const failure = await signIn()
    if (failure) say(main, failure, 'bad')
  }),
)
