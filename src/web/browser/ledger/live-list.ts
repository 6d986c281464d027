/**
 * A list that updates itself without moving under its reader: while its top is in view and nobody points at it;
 * otherwise a button counts the new entries.
 */
import { announce, fetchPage, find, pause, showConnection, swap } from '../parts/dom.ts'
import { followTail, type TailChange } from './follow-tail.ts'

const SPEAK_EVERY_MS = 15_000
const FETCH_EVERY_MS = 1000

export function followList(bar: HTMLElement): void {
  const pausing = find(bar, '[data-pause]', HTMLButtonElement)
  const fresh = find(bar, '[data-fresh]', HTMLButtonElement)
  const list = () => find(document, '#entries', HTMLElement)
  let [added, isStale, isPaused, isFetching, spokenAt] = [0, false, false, false, Number.NEGATIVE_INFINITY]

  let late: string | undefined

  /** The first row is in view, and neither pointer nor focus is in the list. */
  const isAtRest = () => list().getBoundingClientRect().top >= 0 && !list().matches(':hover, :focus-within')

  function heard(change: TailChange): void {
    added += change.added ?? 0
    isStale = true
    void consider()
  }

  async function consider(): Promise<void> {
    if (!isStale || isFetching) return
    if (isPaused || !isAtRest()) return offer()
    isFetching = true
    await show()
    await pause(FETCH_EVERY_MS)
    isFetching = false
    void consider()
  }

  async function show(): Promise<boolean> {
    const news = added
    isStale = false
    const page = await fetchPage(`/ledger/list${location.search}`)
    const renewed = page?.querySelector('#entries')
    connected(renewed !== null && renewed !== undefined)
    if (!renewed) return false
    const known = new Set(leavesOf(list()))
    for (const row of rowsOf(swap(list(), renewed))) if (!known.has(row.dataset['leaf'] ?? '')) row.classList.add('new')
    added -= news
    offer()
    announceNew(news)
    return true
  }

  function offer(): void {
    fresh.hidden = added === 0
    fresh.textContent = added === 1 ? '1 new entry' : `${added} new entries`
  }

  function announceNew(count: number): void {
    if (count === 0 || performance.now() - spokenAt < SPEAK_EVERY_MS) return
    spokenAt = performance.now()
    announce(count === 1 ? 'One new entry.' : `${count} new entries.`)
  }

  fresh.addEventListener('click', async () => {
    if (!(await show())) return
    list().scrollIntoView({ block: 'start' })
    find(list(), 'a', HTMLAnchorElement).focus({ preventScroll: true })
  })
  pausing.addEventListener('click', () => {
    isPaused = !isPaused
    pausing.ariaPressed = String(isPaused)
    showConnection(!isPaused, isPaused ? 'Paused' : undefined)
    void consider()
  })
  for (const event of ['scroll', 'pointerover', 'focusin'])
    document.addEventListener(event, () => void consider(), { passive: true })

  const connected = (isConnected: boolean, words?: string) => {
    late = words ?? late
    if (!isPaused) showConnection(isConnected, isConnected ? late : undefined)
  }
  followTail(bar.dataset['follow'] ?? '', bar.dataset['after'], { heard, connected })
}

const rowsOf = (list: HTMLElement) => [...list.querySelectorAll<HTMLElement>('tr[data-leaf]')]
const leavesOf = (list: HTMLElement) => rowsOf(list).map((row) => row.dataset['leaf'] ?? '')
