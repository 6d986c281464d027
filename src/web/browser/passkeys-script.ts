/**
 * Adding a passkey: the new one is made and signs what it will be able to do; an existing one then signs for exactly the
 * new one. Revoking is in shell-script.ts.
 */
import type { AuthorisationStatement } from '@countersign/verifier/authority'
import { isAboutNewPasskey } from '../own/enrolment-statement.ts'
import { announce, find, oneAtATime, onSubmit, renewContent, say } from './parts/dom.ts'
import {
  askForEs256,
  credentialOf,
  differencesOf,
  type MadePasskey,
  makeOffered,
  type NewPasskeyOffer,
  newPasskeyMembers,
  otherStatement,
  signWithNew,
} from './parts/enrol-passkey.ts'
import { call } from './parts/fetch-json.ts'
import { askForPasskey, type Gesture, type RequestOptions } from './parts/passkey-gesture.ts'

interface AuthorisationOffer {
  readonly statement: AuthorisationStatement
  readonly options: RequestOptions
}

async function make(form: HTMLFormElement): Promise<Gesture<MadePasskey>> {
  const label = find(form, '#label', HTMLInputElement).value.trim()
  say(document, 'First, create the new passkey…')
  const offered = await call<NewPasskeyOffer>('POST', '/passkeys/options', { body: newPasskeyMembers(label) })
  if (!offered.ok) return offered
  const roles: readonly string[] = JSON.parse(form.dataset['roles'] ?? '[]')
  const differing = await differencesOf(offered.value, { iss: location.origin, roles, registered: null })
  return differing.length > 0 ? { ok: false, message: otherStatement(differing) } : makeOffered(offered.value)
}

/** By an existing passkey, which signs for exactly the new one. */
async function authorise(made: MadePasskey, { statement, options }: AuthorisationOffer) {
  const offered = { statement, challenge: options.challenge }
  const isAbout = await isAboutNewPasskey(offered, made.offer.statement, await credentialOf(made))
  if (!isAbout) return { ok: false, message: otherStatement(['the new passkey']) } as const
  say(document, 'Now confirm the new passkey with one that you already have…')
  return askForPasskey(options)
}

async function add(form: HTMLFormElement): Promise<string | undefined> {
  const made = await make(form)
  if (!made.ok) return made.message
  say(document, 'Now sign with the new passkey…')
  const trial = await signWithNew(made.value)
  if (!trial.ok) return trial.message
  const answer = { registration: made.value.registration, trial: trial.value }
  const offered = await call<AuthorisationOffer>('POST', '/passkeys/authorisation', { body: answer })
  if (!offered.ok) return refused(offered)
  const existing = await authorise(made.value, offered.value)
  if (!existing.ok) return existing.message
  const reply = await call('POST', '/passkeys', { body: { ...answer, assertion: existing.value } })
  return reply.ok ? undefined : refused(reply)
}

function refused({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code === 'consent_invalid') askForEs256()
  return message
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
