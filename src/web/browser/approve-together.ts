/**
 * The page of several requests: one gesture for all that are open, denials one by one, and what others do meanwhile.
 *
 * In: the page as rendered. Out: the page kept true to the server: what a person reads stays where it is, what has ended
 * shows its verdict. Decides nothing.
 */

import type { Reply } from './parts/api.ts'
import { now, tick } from './parts/clock.ts'
import { announce, fetchPage, find, say, swap } from './parts/dom.ts'
import { followInbox } from './parts/inbox-events.ts'
import { approve, approveTogether, type BatchAnswered, deny } from './parts/send-answer.ts'

const content = () => find(document, 'main[data-batch]', HTMLElement)
const all = (root: ParentNode, which = '') => [...root.querySelectorAll<HTMLElement>(`[data-approval]${which}`)]
const open = () => all(content(), '[data-open]')
const pending = () => all(content(), '[data-pending]')

let busy = false
/** Of the inbox, as last heard of. */
let version = ''

document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest('button') : null
  const one = button?.closest<HTMLElement>('[data-approval]')
  if (button?.hasAttribute('data-approve-all')) void answer(approveOpen)
  if (button?.hasAttribute('data-deny-all')) void answer(() => denyEach(pending()))
  if (button?.hasAttribute('data-deny-one') && one) void answer(() => denyEach([one]))
})

/** One answer at a time; while a gesture is under way the buttons are deaf, not gone. */
async function answer(give: () => Promise<Reply<unknown>>): Promise<void> {
  if (busy || pending().length === 0) return
  busy = true
  setDeaf(true)
  const reply = await give()
  await renew()
  if (!reply.ok) tell(reply.message)
  else if (isBatch(reply.value)) showRefusals(reply.value)
  setDeaf(false)
  busy = false
}

const isBatch = (value: unknown): value is BatchAnswered =>
  typeof value === 'object' && value !== null && 'answers' in value

function approveOpen(): Promise<Reply<unknown>> {
  const [only, ...others] = open()
  if (!only) throw new TypeError('There is nothing to approve')
  return others.length === 0 ? approve(only, content()) : approveTogether(open(), content())
}

/** All are asked for, whatever becomes of one. */
async function denyEach(those: readonly HTMLElement[]): Promise<Reply<unknown>> {
  const replies: Reply<unknown>[] = []
  for (const one of those) replies.push(await deny(one, content()))
  return replies.find(({ ok }) => !ok) ?? replies[0] ?? { ok: true, value: undefined, tag: null }
}

function setDeaf(deaf: boolean): void {
  for (const button of content().querySelectorAll('button'))
    if (deaf) button.setAttribute('aria-disabled', 'true')
    else button.removeAttribute('aria-disabled')
}

/** Beside the verdicts of the page, in the server's words: why a consent that was given does not count. */
function showRefusals({ answers }: BatchAnswered): void {
  for (const { id, detail } of answers) {
    const note = content().querySelector(`[data-approval="${CSS.escape(id)}"] [data-note]`)
    if (note && detail !== undefined) note.textContent = `Your consent does not count: ${detail}`
  }
}

/** What has not changed stays untouched, for it is being read. */
async function renew(): Promise<boolean> {
  const page = await fetchPage(location.pathname + location.search)
  const fresh = page?.querySelector<HTMLElement>('main[data-batch]')
  if (!fresh) return false
  const changed = all(fresh).filter((one) => versionOf(one) !== versionOf(shown(one)))
  if (changed.length > 0) put(fresh, changed)
  return true
}

function put(fresh: HTMLElement, changed: readonly HTMLElement[]): void {
  const wasOpen = pending().length > 0
  if (all(fresh, '[data-pending]').length === 0) swap(content(), fresh)
  else update(fresh, changed)
  tick()
  speak(changed.length, wasOpen)
}

const shown = ({ dataset }: HTMLElement) =>
  content().querySelector<HTMLElement>(`[data-approval="${CSS.escape(dataset['approval'] ?? '')}"]`)
const versionOf = (one: HTMLElement | null) => one?.dataset['version']

function update(fresh: HTMLElement, changed: readonly HTMLElement[]): void {
  for (const one of changed) {
    const old = shown(one)
    if (old) swap(old, one)
  }
  for (const part of ['[data-batch-head]', '.answer', '.advice > .consequences']) {
    const [old, now] = [content().querySelector(part), fresh.querySelector(part)]
    if (old && now) swap(old, now)
  }
}

function speak(count: number, wasOpen: boolean): void {
  const isOver = pending().length === 0
  const head = find(content(), '[data-batch-head]', HTMLElement)
  announce(isOver ? (head.textContent ?? '') : `${count === 1 ? 'One request has' : `${count} requests have`} changed.`)
  if (!isOver || !wasOpen) return
  find(head, 'h1', HTMLElement).focus({ preventScroll: true })
  window.scrollTo({ top: 0 })
}

/** Where all has ended there is no place for it, nor need. */
function tell(message: string): void {
  if (pending().length > 0) say(content(), message, 'bad')
}

function connected(isConnected: boolean): void {
  const status = content().querySelector<HTMLElement>('[data-status]')
  if (!status || busy) return
  if (!isConnected) say(content(), 'No connection to the server. You cannot answer until it is back.', 'bad')
  else if (status.textContent?.startsWith('No connection')) say(content(), 'Connected again.')
}

const LOOK_EVERY_MS = 2000
const MAX_LOOKS = 150

/** The inbox says nothing of an outcome, nor of a deadline: those are looked for. */
let looks = 0
setInterval(() => {
  const isDue = pending().some(({ dataset }) => now() >= Number(dataset['expires']))
  const isOver = pending().length === 0
  if (!busy && !document.hidden && (isDue || isOver) && looks++ < MAX_LOOKS) void renew()
}, LOOK_EVERY_MS)

followInbox({
  seen: () => version,
  changed: async (changedVersion) => {
    version = changedVersion
    return busy || renew()
  },
  connected,
})
