/** Adding a passkey with the confirmation of an existing one. Revoking is in shell-script.ts. */
import { announce, find, oneAtATime, onSubmit, renewContent, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'
import { askForPasskey, type CreationOptions, makePasskey, type RequestOptions } from './parts/passkey-gesture.ts'

interface AddOptions {
  readonly options: { readonly creation: CreationOptions; readonly request: RequestOptions }
}

async function add(form: HTMLFormElement): Promise<string | undefined> {
  const label = find(form, '#label', HTMLInputElement).value.trim()
  say(document, 'First, confirm with a passkey you already have…')
  const offer = await call<AddOptions>('POST', '/passkeys/options', { body: label ? { label } : {} })
  if (!offer.ok) return offer.message
  const existing = await askForPasskey(offer.value.options.request)
  if (!existing.ok) return existing.message
  say(document, 'Now create the new passkey…')
  const created = await makePasskey(offer.value.options.creation)
  if (!created.ok) return created.message
  const body = { assertion: existing.value, registration: created.value }
  const reply = await call('POST', '/passkeys', { body })
  return reply.ok ? undefined : reply.message
}

async function addAndTell(form: HTMLFormElement): Promise<void> {
  const failure = await add(form)
  if (failure) return say(document, failure, 'bad')
  await renewContent()
  say(document, ADDED)
  announce(ADDED)
}

const ADDED = 'The new passkey is ready to use.'

onSubmit('[data-add]', (form) => oneAtATime(() => addAndTell(form)))
