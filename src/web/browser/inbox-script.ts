/** The inbox: fetches its list after a change, keeps the reader's place and choice, announces new requests. */
import { followChoice, keepChoice } from './inbox/inbox-choice.ts'
import { followInbox } from './inbox/inbox-events.ts'
import { announce, fetchPage, find, renewBanner, showConnection, swap } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'
import { tick } from './parts/server-clock.ts'

/** The filter in the address, which all that is fetched has too. */
const search = find(document, 'main', HTMLElement).dataset['search'] ?? ''
const list = () => find(document, '#inbox', HTMLElement)
const rowIds = () =>
  [...list().querySelectorAll<HTMLElement>('[data-rows=waiting] [data-row]')].map((row) => row.dataset['row'] ?? '')

let renewing: Promise<boolean> | undefined
let isStale = false

/** One fetch at a time; a change in between is fetched right after. */
function changed(): Promise<boolean> {
  isStale = true
  renewing ??= renewUntilFresh().finally(() => {
    renewing = undefined
  })
  return renewing
}

async function renewUntilFresh(): Promise<boolean> {
  let isFresh = true
  while (isStale && isFresh) {
    isStale = false
    isFresh = await renew()
  }
  if (!isFresh) await leaveIfSignedOut()
  return isFresh
}

async function renew(): Promise<boolean> {
  const page = await fetchPage(`/inbox/list${search}`)
  const fresh = page?.querySelector('#inbox')
  if (!page || !fresh) return false
  renewBanner(page)
  const known = rowIds()
  keepChoice(() => swap(list(), fresh))
  tick()
  const added = rowIds().filter((id) => !known.includes(id))
  for (const id of added) row(id)?.classList.add('new')
  announceNew(added)
  return true
}

async function leaveIfSignedOut(): Promise<void> {
  const reply = await call('GET', `/inbox${search}`)
  if (!reply.ok && reply.code === 'unauthenticated') location.reload()
}

const row = (id: string) => list().querySelector(`[data-row="${CSS.escape(id)}"]`)

function announceNew(added: readonly string[]): void {
  const waiting = Number(list().dataset['waiting'])
  document.title = document.title.replace(/^(\(\d+\) )?/, waiting > 0 ? `(${waiting}) ` : '')
  const [first] = added
  if (first === undefined) return
  const what = row(first)?.querySelector('.what')?.textContent ?? ''
  announce(added.length === 1 ? `New request: ${what}` : `${added.length} new requests`)
}

followChoice()
followInbox({ search, seen: () => list().dataset['version'] ?? '', changed, connected: showConnection })
