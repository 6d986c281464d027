/** The inbox: fetches its list again when something changed, keeps the focus where it was, and says what is new. */
import { tick } from './_clock.ts'
import { backOff, nextInboxChange } from './_inbox-version.ts'
import { announce, fetchPage, find, swap } from './_page.ts'

const list = () => find(document, '#inbox', HTMLElement)
const rowIds = (root: ParentNode, rows: string) =>
  [...root.querySelectorAll<HTMLElement>(`[data-rows=${rows}] [data-row]`)].map((row) => row.dataset['row'] ?? '')

async function follow(): Promise<void> {
  for (let failures = 0; ; ) {
    const change = await nextInboxChange(list().dataset['version'] ?? '')
    if (change.kind === 'signed-out') return location.reload()
    const reached = change.kind === 'same' || (change.kind === 'changed' && (await renew()))
    failures = reached ? 0 : failures + 1
    showConnection(reached)
    if (!reached) await backOff(failures)
  }
}

async function renew(): Promise<boolean> {
  const page = await fetchPage('/inbox/list')
  const fresh = page?.querySelector('#inbox')
  if (!fresh) return false
  const known = rowIds(list(), 'waiting')
  const focused = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row']
  const current = swap(list(), fresh)
  tick()
  const added = rowIds(current, 'waiting').filter((id) => !known.includes(id))
  for (const id of added) row(current, id)?.classList.add('new')
  if (focused) row(current, focused)?.querySelector('a')?.focus({ preventScroll: true })
  tellNews(current, added)
  return true
}

const row = (root: ParentNode, id: string) => root.querySelector(`[data-row="${CSS.escape(id)}"]`)

function tellNews(current: HTMLElement, added: readonly string[]): void {
  const waiting = Number(current.dataset['waiting'])
  document.title = document.title.replace(/^(\(\d+\) )?/, waiting > 0 ? `(${waiting}) ` : '')
  const [first] = added
  if (first === undefined) return
  const what = row(current, first)?.querySelector('.what')?.textContent ?? ''
  announce(added.length === 1 ? `New request: ${what}` : `${added.length} new requests`)
}

function showConnection(connected: boolean): void {
  find(document, '[data-live]', HTMLElement).classList.toggle('away', !connected)
  const text = find(document, '[data-live-text]', HTMLElement)
  const words = connected ? 'updates by itself' : 'no connection, trying again'
  if (text.textContent !== words) text.textContent = words
}

void follow()
