/** The inbox: fetches its list after a change, keeps the reader's place and choice, announces new requests. */
import { foldsInUse, followChoice, keepChoice } from './inbox/inbox-choice.ts'
import { followInbox } from './inbox/inbox-events.ts'
import { announce, fetchPage, find, renewBanner, showConnection, swap } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'
import { tick } from './parts/server-clock.ts'

/** The filter and the page in the address, which all that is fetched has too. */
const search = find(document, 'main', HTMLElement).dataset['search'] ?? ''
const list = () => find(document, '#inbox', HTMLElement)

/** When each of those that wait was opened, by its id. */
const waiting = (): ReadonlyMap<string, number> =>
  new Map(
    [...list().querySelectorAll<HTMLElement>('[data-rows=waiting] > li')].flatMap(({ dataset }) => {
      const opened = (dataset['opened'] ?? '').split(' ').map(Number)
      const ids = (dataset['members'] ?? dataset['row'] ?? '').split(' ')
      return ids.map((id, at) => [id, opened[at] ?? 0] as const)
    }),
  )

let renewing: Promise<boolean> | undefined
let isStale = false
/** Groups whose rows are being fetched. */
const wanted = new Set<string>()

/** Fetches the list with the rows of this group in it. */
async function fetchRows(key: string): Promise<void> {
  wanted.add(key)
  await changed()
  wanted.delete(key)
}

/** The filter, and the groups whose rows the page has. */
function searchWithFolds(): string {
  const query = new URLSearchParams(search)
  for (const key of new Set([...foldsInUse(), ...wanted])) query.append('open', key)
  return query.size > 0 ? `?${query}` : ''
}

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
  const query = searchWithFolds()
  const page = await fetchPage(`/inbox/list${query}`)
  const fresh = page?.querySelector('#inbox')
  if (!page || !fresh) return false
  renewBanner(page)
  const known = waiting()
  const newFrom = Number(list().dataset['newFrom'])
  keepChoice(() => swap(list(), fresh))
  // Whoever comes back finds the same groups, and the browser what they had chosen there.
  history.replaceState(history.state, '', location.pathname + query)
  tick()
  const added = [...waiting()].flatMap(([id, openedAt]) => (!known.has(id) && openedAt >= newFrom ? [id] : []))
  for (const id of added) row(id)?.classList.add('new')
  announceNew(added)
  return true
}

async function leaveIfSignedOut(): Promise<void> {
  const reply = await call('GET', `/inbox${search}`)
  if (!reply.ok && reply.code === 'unauthenticated') location.reload()
}

/** Its row, or the group whose rows were not fetched. */
const row = (id: string) =>
  list().querySelector(`[data-row="${CSS.escape(id)}"]`) ?? list().querySelector(`[data-members~="${CSS.escape(id)}"]`)

function announceNew(added: readonly string[]): void {
  const number = list().dataset['waiting'] ?? '0'
  document.title = document.title.replace(/^(\(\d+\+?\) )?/, number === '0' ? '' : `(${number}) `)
  const [first] = added
  if (first === undefined) return
  const what = row(first)?.querySelector('.what')?.textContent ?? ''
  announce(added.length === 1 ? `New request: ${what}` : `${added.length} new requests`)
}

followChoice(fetchRows)
followInbox({ search, seen: () => list().dataset['version'] ?? '', changed, connected: showConnection })
