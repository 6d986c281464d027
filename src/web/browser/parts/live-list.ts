/**
 * A list that keeps itself up to date without moving under who reads it.
 *
 * In: the list's page, fetched again at news. Out: the new list in its place while its beginning is in view and nobody
 * points at it; else a button that says how much is new. Pausing holds everything until it is ended.
 */
import { announce, fetchPage, find, swap } from './dom.ts'
import { followTail, type News } from './follow-tail.ts'

const SPEAK_EVERY_MS = 15_000
const FETCH_EVERY_MS = 1000

export function followList(bar: HTMLElement): void {
  const [pause, fresh] = [find(bar, '[data-pause]', HTMLButtonElement), find(bar, '[data-fresh]', HTMLButtonElement)]
  const list = () => find(document, '#entries', HTMLElement)
  let [added, isStale, isPaused, isFetching, spokenAt] = [0, false, false, false, Number.NEGATIVE_INFINITY]

  /** In view from its first line on, with nobody at it. */
  const isAtRest = () => list().getBoundingClientRect().top >= 0 && !list().matches(':hover, :focus-within')

  function heard(news: News): void {
    added += news.added ?? 0
    isStale = true
    void consider()
  }

  async function consider(): Promise<void> {
    if (!isStale || isFetching) return
    if (isPaused || !isAtRest()) return offer()
    isFetching = true
    await show()
    await new Promise((resolve) => setTimeout(resolve, FETCH_EVERY_MS))
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
    speak(news)
    return true
  }

  function offer(): void {
    fresh.hidden = added === 0
    fresh.textContent = added === 1 ? '1 new entry' : `${added} new entries`
  }

  function speak(count: number): void {
    if (count === 0 || performance.now() - spokenAt < SPEAK_EVERY_MS) return
    spokenAt = performance.now()
    announce(count === 1 ? 'One new entry.' : `${count} new entries.`)
  }

  function say(text: string, isAway: boolean): void {
    find(bar, '[data-live]', HTMLElement).classList.toggle('away', isAway)
    find(bar, '[data-live-text]', HTMLElement).textContent = text
  }

  fresh.addEventListener('click', async () => {
    if (!(await show())) return
    list().scrollIntoView({ block: 'start' })
    find(list(), 'a', HTMLAnchorElement).focus({ preventScroll: true })
  })
  pause.addEventListener('click', () => {
    isPaused = !isPaused
    pause.ariaPressed = String(isPaused)
    say(isPaused ? 'paused' : 'updates by itself', isPaused)
    void consider()
  })
  for (const event of ['scroll', 'pointerover', 'focusin'])
    document.addEventListener(event, () => void consider(), { passive: true })

  const connected = (isConnected: boolean) => {
    if (!isPaused) say(isConnected ? 'updates by itself' : 'no connection, trying again', !isConnected)
  }
  followTail(bar.dataset['follow'] ?? '', bar.dataset['after'], { heard, connected })
}

const rowsOf = (list: HTMLElement) => [...list.querySelectorAll<HTMLElement>('tr[data-leaf]')]
const leavesOf = (list: HTMLElement) => rowsOf(list).map((row) => row.dataset['leaf'] ?? '')
