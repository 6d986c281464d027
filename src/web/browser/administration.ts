/** People and agents: proposes a change, has it consented to in a dialog, carries it out; and revokes. */
import { call } from './_api.ts'
import { LiveApproval } from './_approval.ts'
import { type Action, type Change, carryOut, forgetChange, pendingChange, propose } from './_change.ts'
import { tick } from './_clock.ts'
import { confirmRevocation } from './_confirm.ts'
import { announce, fetchPage, find, renewContent, say } from './_page.ts'
import { showResult } from './_result.ts'

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

type Draft = readonly [title: string, action: Omit<Action, 'salt'>]

function draftOf(form: HTMLFormElement): Draft | string {
  const data = new FormData(form)
  const text = (name: string) => String(data.get(name) ?? '').trim()
  if (form.dataset['change'] === 'invite') {
    const name = text('name')
    const roles = data.getAll('roles').map(String)
    if (!name) return 'Enter their name first.'
    if (roles.length === 0) return 'Choose at least one thing they may do.'
    const invite = { name: 'countersign.approver.invite', resource: 'approvers', arguments: { name, roles } }
    return [`Inviting ${name}`, invite]
  }
  if (form.dataset['change'] === 'webhook') {
    const [url, events] = [text('url'), data.getAll('events').map(String)]
    if (!URL.canParse(url)) return 'Enter its whole address, beginning with https://'
    if (events.length === 0) return 'Choose at least one event.'
    const webhook = {
      name: 'countersign.webhook.add',
      resource: 'webhooks',
      arguments: { url, kind: text('kind'), events },
    }
    return [`Telling ${new URL(url).origin}`, webhook]
  }
  const id = text('id')
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id)) return 'Its name: lower-case letters, digits, dot, underscore, hyphen.'
  const principals = text('principals')
    .split(',')
    .map((principal) => principal.trim())
    .filter(Boolean)
  const members = { id, ...(principals.length > 0 ? { principals } : {}), expires_in_days: Number(text('days')) }
  return [`Adding ${id}`, { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: members }]
}

async function submit(form: HTMLFormElement): Promise<void> {
  const draft = draftOf(form)
  if (typeof draft === 'string') return say(form, draft, 'bad')
  say(form, 'One moment…')
  const proposed = await propose(...draft)
  const trouble = proposed.ok ? await openSheet(proposed.value) : proposed.message
  if (form.isConnected) say(form, trouble ?? '', trouble ? 'bad' : 'plain')
}

async function revoke(button: HTMLElement): Promise<void> {
  const { revoke: path = '', label = '' } = button.dataset
  if (!(await confirmRevocation(label))) return
  const reply = await call('DELETE', path)
  if (!reply.ok) return say(document, reply.message, 'bad')
  await renewContent()
  announce(`${label} is revoked.`)
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
  if (target?.dataset['revoke']) void revoke(target)
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
showPending()
