/**
 * The page of several requests: one confirmation for all that are open, denials one by one, changes made elsewhere. The
 * text being read stays in place, and a request that ended shows its verdict. It decides nothing.
 */
import { followInbox } from './inbox/inbox-events.ts'
import { announce, fetchPage, find, onClick, say, setBusy, swap } from './parts/dom.ts'
import type { Reply } from './parts/fetch-json.ts'
import { watchEnd } from './parts/more-below.ts'
import { approve, approveTogether, type BatchResult, deny } from './parts/send-answer.ts'
import { now, tick } from './parts/server-clock.ts'

const content = () => find(document, 'main[data-batch]', HTMLElement)
const all = (root: ParentNode, which = '') => [...root.querySelectorAll<HTMLElement>(`[data-approval]${which}`)]
const open = () => all(content(), '[data-open]')
const pending = () => all(content(), '[data-pending]')

watchEnd()
let busy = false
/** The inbox version last received. */
let version = ''

onClick('[data-approve-all]', () => answer(approveOpen))
onClick('[data-deny-all]', () => answer(() => denyEach(pending())))
onClick('[data-approval] [data-deny-one]', (button) =>
  answer(() => denyEach(pending().filter((one) => one.contains(button)))),
)

/** One answer at a time. */
async function answer(give: () => Promise<Reply<unknown>>): Promise<void> {
  if (busy || pending().length === 0) return
  busy = true
  hold(true)
  const reply = await give()
  await renew()
  if (!reply.ok) tell(reply.message)
  else if (isBatch(reply.value)) showRefusals(reply.value)
  hold(false)
  busy = false
}

/** What was fetched before an answer can come while it is given: its buttons wait, too. */
const hold = (isBusy: boolean) => setBusy(content().querySelectorAll('button'), isBusy)

const isBatch = (value: unknown): value is BatchResult =>
  typeof value === 'object' && value !== null && 'answers' in value

function approveOpen(): Promise<Reply<unknown>> {
  const [only, ...others] = open()
  if (!only) throw new TypeError('There is nothing to approve')
  return others.length === 0 ? approve(only, content()) : approveTogether(open(), content())
}

/** Sends all denials, even if one fails. */
async function denyEach(those: readonly HTMLElement[]): Promise<Reply<unknown>> {
  const replies: Reply<unknown>[] = []
  for (const one of those) replies.push(await deny(one, content()))
  return replies.find(({ ok }) => !ok) ?? replies[0] ?? { ok: true, value: undefined }
}

/** Shows beside each verdict why a consent does not count, in the server's words. */
function showRefusals({ answers }: BatchResult): void {
  for (const { id, detail } of answers) {
    const note = content().querySelector(`[data-approval="${CSS.escape(id)}"] [data-note]`)
    if (note && detail !== undefined) note.textContent = `Your consent does not count: ${detail}`
  }
}

/** Replaces only what changed; the rest may be being read. */
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
  if (busy) hold(true)
  tick()
  announceChanges(changed.length, wasOpen)
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

function announceChanges(count: number, wasOpen: boolean): void {
  const isOver = pending().length === 0
  const head = find(content(), '[data-batch-head]', HTMLElement)
  announce(isOver ? (head.textContent ?? '') : `${count === 1 ? 'One request has' : `${count} requests have`} changed.`)
  if (!isOver || !wasOpen) return
  find(head, 'h1', HTMLElement).focus({ preventScroll: true })
  window.scrollTo({ top: 0 })
}

/** After all requests have ended there is no status line, and no need for one. */
function tell(message: string): void {
  if (pending().length > 0) say(content(), message, 'bad')
}

function connected(isConnected: boolean): void {
  const status = content().querySelector<HTMLElement>('[data-status]')
  if (!status || busy) return
  if (!isConnected) say(content(), 'No connection to the server. You cannot answer until it returns.', 'bad')
  else if (status.textContent?.startsWith('No connection')) say(content(), 'Connected again.')
}

const POLL_EVERY_MS = 2000
const MAX_POLLS = 150

/** The inbox announces neither outcomes nor deadlines: poll for them. */
let polls = 0
setInterval(() => {
  const isDue = pending().some(({ dataset }) => now() >= Number(dataset['expires']))
  const isOver = pending().length === 0
  if (!busy && !document.hidden && (isDue || isOver) && polls++ < MAX_POLLS) void renew()
}, POLL_EVERY_MS)

followInbox({
  seen: () => version,
  changed: async (changedVersion) => {
    version = changedVersion
    return busy || renew()
  },
  connected,
})
