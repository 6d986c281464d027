/**
 * Adding a passkey with the confirmation of an existing one: both sign what the new one will be able to do. Revoking is
 * in shell-script.ts.
 */
import { announce, find, oneAtATime, onSubmit, renewContent, say } from './parts/dom.ts'
import {
  askForEs256,
  differencesOf,
  makeOffered,
  type NewPasskeyOffer,
  newPasskeyMembers,
  otherStatement,
  signWithNew,
} from './parts/enrol-passkey.ts'
import { call } from './parts/fetch-json.ts'
import { askForPasskey } from './parts/passkey-gesture.ts'

async function add(form: HTMLFormElement): Promise<string | undefined> {
  const label = find(form, '#label', HTMLInputElement).value.trim()
  say(document, 'First, confirm with a passkey you already have…')
  const offered = await call<NewPasskeyOffer>('POST', '/passkeys/options', { body: newPasskeyMembers(label) })
  if (!offered.ok) return offered.message
  const roles: readonly string[] = JSON.parse(form.dataset['roles'] ?? '[]')
  const differing = await differencesOf(offered.value, { iss: location.origin, roles, registered: null })
  if (differing.length > 0) return otherStatement(differing)
  const existing = await askForPasskey(offered.value.options.request)
  if (!existing.ok) return existing.message
  say(document, 'Now create the new passkey…')
  const made = await makeOffered(offered.value)
  if (!made.ok) return made.message
  say(document, 'Now sign with the new passkey…')
  const trial = await signWithNew(made.value)
  if (!trial.ok) return trial.message
  const body = { assertion: existing.value, registration: made.value.registration, trial: trial.value }
  const reply = await call('POST', '/passkeys', { body })
  if (!reply.ok && reply.code === 'consent_invalid') askForEs256()
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
