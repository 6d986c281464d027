/** People and agents: proposes a change, has it consented to in a dialog, carries it out; and revokes. */

import { tick } from './parts/clock.ts'
import { fetchPage, find, renewContent, say } from './parts/dom.ts'
import { draftOf } from './parts/draft.ts'
import { LiveApproval } from './parts/live-approval.ts'
import { type Change, carryOut, forgetChange, pendingChange, propose } from './parts/pending-change.ts'
import { showResult } from './parts/result.ts'
import { listenForRevocations } from './parts/revoke-buttons.ts'

const sheet = find(document, '[data-sheet]', HTMLDialogElement)
const sheetContent = find(sheet, '[data-sheet-content]', HTMLElement)
let live: LiveApproval | undefined

/** The approval page's content, in a dialog: `main` becomes a `div`, since the page below keeps its own. */
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
  if (!main) return dropped()
  const approval = intoSheet(document.importNode(main, true))
  if (approval.dataset['state'] === 'approved') return finish(change)
  live?.stop()
  live = new LiveApproval(approval, intoSheet, (state) => {
    if (state === 'approved') void finish(change)
    else if (state !== 'pending') forgetChange()
  })
  sheet.showModal()
  tick()
  return undefined
}

function dropped(): string {
  forgetChange()
  showPending()
  return 'This change can no longer be found. Nothing was changed; start it again.'
}

async function finish(change: Change): Promise<string | undefined> {
  const done = await carryOut(change)
  sheet.close()
  if (!done.ok) {
    if (done.code !== 'unreachable') forgetChange()
    say(document, done.message, 'bad')
    return done.message
  }
  await renewContent()
  showResult(done.value)
  return undefined
}

function showPending(): void {
  const change = pendingChange()
  const place = find(document, '[data-pending]', HTMLElement)
  place.hidden = change === undefined
  find(place, '[data-pending-title]', HTMLElement).textContent = `${change?.title ?? ''} is not finished.`
}

async function submit(form: HTMLFormElement): Promise<void> {
  const draft = draftOf(form)
  if (typeof draft === 'string') return say(form, draft, 'bad')
  say(form, 'One moment…')
  const proposed = await propose(...draft)
  const trouble = proposed.ok ? await openSheet(proposed.value) : proposed.message
  if (form.isConnected) say(form, trouble ?? '', trouble ? 'bad' : 'plain')
}

async function resume(): Promise<void> {
  const change = pendingChange()
  const trouble = change && (await openSheet(change))
  if (trouble) say(document, trouble, 'bad')
}

let busy = false
document.addEventListener('submit', async (event) => {
  if (!(event.target instanceof HTMLFormElement) || !event.target.dataset['change']) return
  event.preventDefault()
  if (busy) return
  busy = true
  await submit(event.target)
  busy = false
})
document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target.closest<HTMLElement>('button') : null
  if (target?.hasAttribute('data-resume')) void resume()
  if (target?.hasAttribute('data-close')) sheet.close()
  if (target?.hasAttribute('data-forget')) {
    forgetChange()
    showPending()
  }
})
sheet.addEventListener('close', () => {
  live?.stop()
  sheetContent.replaceChildren()
  showPending()
})
listenForRevocations()
showPending()
