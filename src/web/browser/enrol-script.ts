/**
 * Enrolling: reads the invitation from the URL fragment, shows what it gives and what is registered, makes the first
 * passkey, and signs with it exactly what is shown.
 */

import type { RegisteredDocument } from '@countersign/verifier/authority'
import { REGISTERED } from '../own/enrolment-statement.ts'
import { instant } from '../parts/wording.ts'
import { find, oneAtATime, pause, say } from './parts/dom.ts'
import {
  askForEs256,
  differencesOf,
  type MadePasskey,
  makeOffered,
  type NewPasskeyOffer,
  newPasskeyMembers,
  otherStatement,
  signWithNew,
} from './parts/enrol-passkey.ts'
import { call } from './parts/fetch-json.ts'
import { marked } from './parts/marked-text.ts'
import type { Gesture } from './parts/passkey-gesture.ts'
import { registeredList } from './parts/registered-list.ts'

interface Invitation {
  readonly bootstrap: boolean
  readonly name: string | null
  readonly roles: readonly string[]
  readonly recovers: boolean
  readonly break_glass: boolean
  readonly break_glass_reason: string | null
  readonly invited_by: string | null
  readonly groups: readonly string[]
  readonly expires_at: number
  readonly registered: RegisteredDocument | null
}

const part = (name: string) => find(document, `[data-${name}]`, HTMLElement)
const secret = location.hash.slice(1)
const form = find(document, '[data-enrol]', HTMLFormElement)
const nameInput = find(form, '#name', HTMLInputElement)
/** What the page shows. */
let shown: Invitation | undefined
/** Made, and not signed with: its prompt was cancelled. */
let made: MadePasskey | undefined

const PARTS = ['checking', 'gone', 'form', 'waiting'] as const

function show(name: (typeof PARTS)[number]): void {
  for (const each of PARTS) part(each).hidden = each !== name
  if (name !== 'checking') find(part(name), 'h1', HTMLElement).focus()
}

async function check(): Promise<void> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(secret)) return show('gone')
  const reply = await call<Invitation>('POST', '/enrolments/invitation', { body: { invitation: secret } })
  if (reply.ok) return offer(reply.value)
  if (reply.code !== 'not_found') part('gone-reason').textContent = reply.message
  show('gone')
}

function offer(invitation: Invitation): void {
  const { bootstrap, name, roles, recovers, registered, break_glass: breakGlass } = invitation
  shown = invitation
  if (name !== null) nameInput.value = name
  // A person invited by name enrols under that name.
  nameInput.readOnly = name !== null
  if (bootstrap) part('title').textContent = 'Set up the first admin'
  if (recovers) part('title').textContent = 'Make a new passkey'
  if (breakGlass) part('title').textContent = 'Break-glass'
  part('break-glass').hidden = !breakGlass
  part('break-glass-reason').replaceChildren(...marked(invitation.break_glass_reason ?? 'erased'))
  part('as').textContent = bootstrap
    ? 'This link works only while there is no admin.'
    : recovers
      ? RECOVERS
      : `${invitation.invited_by ?? 'The operator'} invites you as:`
  part('may').replaceChildren(...roles.map(dutyOf), ...groupsItem(invitation.groups))
  part('until').textContent = `The link works once, until ${instant(invitation.expires_at)}.`
  part('bootstrap').hidden = !bootstrap
  part('registered').replaceChildren(...(registered ? registeredList(registered) : []))
  show('form')
}

const RECOVERS = 'Your earlier passkeys end once others have confirmed the new one. You may then, as before:'

const DUTIES = new Map([
  ['approver', 'Approver: you read what agents ask for, and approve or deny it.'],
  ['admin', 'Admin: you decide who may approve, which agents and executors are registered, and what they may do.'],
  ['auditor', 'Auditor: you read the ledger of everything that happens here.'],
])

function groupsItem(groups: readonly string[]): readonly HTMLElement[] {
  if (groups.length === 0) return []
  const item = document.createElement('li')
  item.textContent = `In the ${groups.length === 1 ? 'group' : 'groups'} ${groups.join(', ')}: policies ask its members.`
  return [item]
}

function dutyOf(role: string): HTMLElement {
  const item = document.createElement('li')
  item.textContent = DUTIES.get(role) ?? role
  return item
}

async function enrol(): Promise<string | undefined> {
  const name = nameInput.value.trim()
  if (!name) return nameMissing()
  const passkey = made ? ({ ok: true, value: made } as const) : await make(name)
  if (!passkey.ok) return passkey.message
  made = passkey.value
  say(form, 'Now sign with the new passkey…')
  const trial = await signWithNew(made)
  if (!trial.ok) return `${trial.message} The passkey was made: press the button again to sign with it.`
  const { registration } = made
  made = undefined
  const body = { invitation: secret, registration, trial: trial.value }
  const reply = await call<Enrolled>('POST', '/enrolments', { body })
  if (!reply.ok) return refused(reply)
  if (reply.value.waiting === null) goOn()
  else void awaitAdmin(reply.value.waiting)
  return undefined
}

const goOn = () => location.replace('/notifications?enrolled')

interface Enrolled {
  readonly waiting: Waiting | null
}

interface Waiting {
  readonly enrolment: string
  readonly code: string
}

const ASK_EVERY_MS = 3000

const ENDS = new Map([
  ['denied', 'An admin denied it. Nothing was enrolled.'],
  ['expired', 'No admin confirmed it in time. Nothing was enrolled: ask for a new invitation.'],
])
const ENDED = 'It was ended. Nothing was enrolled: ask for a new invitation.'

/** Until an admin has answered; a call that fails is made again. */
async function awaitAdmin({ enrolment, code }: Waiting): Promise<void> {
  part('code').textContent = code
  show('waiting')
  for (;;) {
    const reply = await call<{ readonly state: string }>('POST', '/enrolments/state', { body: { enrolment } })
    if (reply.ok && reply.value.state === 'enrolled') return goOn()
    if (reply.ok && reply.value.state !== 'pending') return ended(ENDS.get(reply.value.state) ?? ENDED)
    if (!reply.ok && reply.code === 'not_found') return ended(ENDED)
    say(part('waiting'), reply.ok ? '' : reply.message, 'bad')
    await pause(ASK_EVERY_MS)
  }
}

function ended(reason: string): void {
  part('gone-reason').textContent = reason
  show('gone')
}

async function make(name: string): Promise<Gesture<MadePasskey>> {
  const label = find(form, '#label', HTMLInputElement).value.trim()
  say(form, 'Waiting for your device…')
  const body = { invitation: secret, name, ...newPasskeyMembers(label) }
  const offered = await call<NewPasskeyOffer>('POST', '/enrolments/options', { body })
  if (!offered.ok) return offered
  const { roles = [], registered = null } = shown ?? {}
  const differing = await differencesOf(offered.value, { iss: location.origin, roles, registered })
  if (differing.length === 1 && differing[0] === REGISTERED) {
    await check()
    return { ok: false, message: REGISTERED_MEANWHILE }
  }
  return differing.length > 0 ? { ok: false, message: otherStatement(differing) } : makeOffered(offered.value)
}

const REGISTERED_MEANWHILE =
  'Something was registered or revoked since this page was loaded. It is shown now: read it, then go on.'

/** What is registered is shown again where it has changed. */
async function refused({ code, message }: { readonly code: string; readonly message: string }): Promise<string> {
  if (code === 'consent_invalid') askForEs256()
  if (code === 'invalid_request') await check()
  return message
}

function nameMissing(): string {
  nameInput.setAttribute('aria-invalid', 'true')
  nameInput.focus()
  return 'Enter your name.'
}

// A passkey is made for the name and label that stood here then.
form.addEventListener('input', () => {
  made = undefined
})
form.addEventListener('submit', (event) => {
  event.preventDefault()
  void oneAtATime(async () => {
    const failure = await enrol()
    if (failure) say(form, failure, 'bad')
  })
})
window.addEventListener('hashchange', () => location.reload())
void check()
