/**
 * Elements of the page: finding them, listening to them, fetching them as the server renders them now.
 *
 * No text ever becomes markup: the browser parses fetched pages from the response itself, and their scripts do not run.
 */

/** Throws when there is none: a page and its script belong together. */
export function find<T extends Element>(root: ParentNode, selector: string, type: new () => T): T {
  const element = root.querySelector(selector)
  if (!(element instanceof type)) throw new TypeError(`No ${selector} on this page`)
  return element
}

/** For screen readers, politely. */
export function announce(text: string): void {
  find(document, '#news', HTMLElement).textContent = text
}

/** Writes to the first status line below `root`; an empty text clears it. */
export function say(root: ParentNode, text: string, tone: 'plain' | 'bad' = 'plain'): void {
  const status = find(root, '[data-status]', HTMLElement)
  status.textContent = text
  status.classList.toggle('bad', tone === 'bad')
}

/** Calls `act` for clicks on matching elements, those that come later included. */
export function onClick(selector: string, act: (element: HTMLElement) => void): void {
  document.addEventListener('click', ({ target }) => {
    const element = target instanceof Element ? target.closest<HTMLElement>(selector) : null
    if (element) act(element)
  })
}

/** Calls `act` in place of sending a matching form. */
export function onSubmit(selector: string, act: (form: HTMLFormElement) => void): void {
  document.addEventListener('submit', (event) => {
    if (!(event.target instanceof HTMLFormElement) || !event.target.matches(selector)) return
    event.preventDefault()
    act(event.target)
  })
}

/** Busy buttons stay, but do nothing. */
export function setBusy(buttons: Iterable<Element>, isBusy: boolean): void {
  for (const button of buttons) button.ariaDisabled = isBusy ? 'true' : null
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A page as the server renders it now; undefined when it is unreachable. */
export function fetchPage(path: string): Promise<Document | undefined> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open('GET', path)
    request.responseType = 'document'
    request.setRequestHeader('Accept', 'text/html')
    request.timeout = 15_000
    request.onload = () => resolve(request.responseXML ?? undefined)
    request.onerror = () => resolve(undefined)
    request.ontimeout = () => resolve(undefined)
    request.send()
  })
}

/** Replaces an element with one of a fetched page, and returns the new one. */
export function swap(old: Element, fresh: Element): HTMLElement {
  const adopted = document.importNode(fresh, true)
  old.replaceWith(adopted)
  if (!(adopted instanceof HTMLElement)) throw new TypeError('Only HTML elements are swapped')
  return adopted
}

const SIGNED_IN = '[data-sign-out]'

/** Fetches the page's content again; where the session has ended, the page to sign in. */
export async function renewContent(): Promise<void> {
  const page = await fetchPage(location.pathname)
  const fresh = page?.querySelector('main')
  const isSignedOut = document.querySelector(SIGNED_IN) !== null && !page?.querySelector(SIGNED_IN)
  if (!page || !fresh || isSignedOut) return location.reload()
  swap(find(document, 'main', HTMLElement), fresh)
  renewBanner(page)
}

/** What stands above every page, taken from a fetched one: active kill switches, the person's grants and absences. */
export function renewBanner(page: Document): void {
  for (const place of ['#stop-banner', '#grants-strip', '#absence-strip']) {
    const [old, fresh] = [document.querySelector(place), page.querySelector(place)]
    if (old && fresh && old.textContent !== fresh.textContent) swap(old, fresh)
  }
}

/** Writes to the live pill whether updates arrive. */
export function showConnection(isConnected: boolean, text?: string): void {
  const words = text ?? (isConnected ? 'Updates automatically' : 'No connection, retrying')
  document.querySelector('[data-live]')?.classList.toggle('away', !isConnected)
  const place = document.querySelector('[data-live-text]')
  if (place && place.textContent !== words) place.textContent = words
}

let isBusy = false

/** Work that a person starts with a button: a click in between does nothing. */
export async function oneAtATime(work: () => Promise<void>): Promise<void> {
  if (isBusy) return
  isBusy = true
  await work()
  isBusy = false
}
