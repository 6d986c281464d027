/** Changes to the authority: proposes one, shows its approval in a dialog, carries it out. */
import { draftOf } from './parts/change-draft.ts'
import { showInvitation, showResult } from './parts/change-result.ts'
import { fetchPage, find, onClick, oneAtATime, onSubmit, renewContent, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'
import { type InvitationLink, invitationOf } from './parts/invitation.ts'
import { LiveApproval } from './parts/live-approval.ts'
import { offerSecrets } from './parts/new-secret.ts'
import { type Change, carryOut, discardChange, pendingChange, propose } from './parts/pending-change.ts'
import { tick } from './parts/server-clock.ts'

const sheet = find(document, '[data-sheet]', HTMLDialogElement)
const sheetContent = find(sheet, '[data-sheet-content]', HTMLElement)
let live: LiveApproval | undefined

/** Moves the approval page's content into the dialog; `main` becomes a `div`, because the page has a `main` already. */
function intoSheet(main: HTMLElement): HTMLElement {
  const approval = document.createElement('div')
  for (const { name, value } of main.attributes) if (name !== 'id') approval.setAttribute(name, value)
  approval.append(...main.childNodes)
  sheetContent.replaceChildren(approval)
  return approval
}

async function openSheet(change: Change): Promise<string | undefined> {
  const page = await fetchPage(`/approve/${change.id}`)
  const main = page?.querySelector<HTMLElement>('[data-approval]')
  if (!main) return notFound()
  const approval = intoSheet(document.importNode(main, true))
  if (approval.dataset['state'] === 'approved') return finish(change)
  live?.stop()
  live = new LiveApproval(approval, intoSheet, (state) => {
    if (state === 'approved') void finish(change)
    else if (state !== 'pending') discardChange()
  })
  sheet.showModal()
  tick()
  return undefined
}

function notFound(): string {
  discardChange()
  showPending()
  return 'This change was not found. Nothing was changed. Start again.'
}

async function finish(change: Change): Promise<string | undefined> {
  const done = await carryOut(change)
  sheet.close()
  if (!done.ok) {
    if (done.code !== 'unreachable') discardChange()
    say(document, done.message, 'bad')
    return done.message
  }
  await renewContent()
  await offerSecrets()
  showResult(change.title, done.value)
  return undefined
}

function showPending(): void {
  const change = pendingChange()
  const place = document.querySelector<HTMLElement>('[data-pending]')
  // The page that a change leads to may offer no further one.
  if (place === null) return
  place.hidden = change === undefined
  find(place, '[data-pending-title]', HTMLElement).textContent = `${change?.title ?? ''} is not finished.`
}

/** A link gives no right, so that nobody has to approve it. */
async function invite(form: HTMLFormElement): Promise<void> {
  const body = invitationOf(form)
  if (typeof body === 'string') return say(form, body, 'bad')
  const reply = await call<InvitationLink>('POST', '/invitations', { body })
  if (!reply.ok) return say(form, reply.message, 'bad')
  await renewContent()
  showInvitation(body.name, reply.value.link)
}

async function recover(form: HTMLFormElement): Promise<void> {
  const { recover: path = '', name = '' } = form.dataset
  const reply = await call<InvitationLink>('POST', path)
  if (!reply.ok) return say(form, reply.message, 'bad')
  showInvitation(name, reply.value.link)
}

/** What an answer says of a form is about what it held when it was sent. */
async function submit(form: HTMLFormElement): Promise<void> {
  const sent = contentOf(form)
  const draft = draftOf(form)
  if (typeof draft === 'string') return say(form, draft, 'bad')
  say(form, 'One moment…')
  const proposed = await propose(...draft)
  const failure = proposed.ok ? await openSheet(proposed.value) : proposed.message
  if (!form.isConnected) return
  if (failure && contentOf(form) !== sent) return say(form, 'This has changed meanwhile. Send it again.')
  say(form, failure ?? '', failure ? 'bad' : 'plain')
}

const contentOf = (form: HTMLFormElement): string => JSON.stringify([...new FormData(form)])

async function resume(): Promise<void> {
  const change = pendingChange()
  const failure = change && (await openSheet(change))
  if (failure) say(document, failure, 'bad')
}

onSubmit('[data-invite]', (form) => oneAtATime(() => invite(form)))
onSubmit('[data-recover]', (form) => oneAtATime(() => recover(form)))
onSubmit('[data-change]', (form) => oneAtATime(() => submit(form)))
onClick('[data-resume]', resume)
onClick('[data-close]', () => sheet.close())
onClick('[data-discard]', () => {
  discardChange()
  showPending()
})
sheet.addEventListener('close', () => {
  live?.stop()
  sheetContent.replaceChildren()
  showPending()
})
showPending()
void offerSecrets()
