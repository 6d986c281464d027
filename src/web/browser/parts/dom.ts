/**
 * Pieces of pages: finding elements, fetching what the server rendered, saying news aloud.
 *
 * In: selectors, paths. Out: elements of this document. No text ever becomes markup here: pages fetched later are
 * parsed by the browser from the response itself, and their scripts do not run.
 */

/** The element, or a bug: a page and its script belong together. */
export function find<T extends Element>(root: ParentNode, selector: string, type: new () => T): T {
  const element = root.querySelector(selector)
  if (!(element instanceof type)) throw new TypeError(`No ${selector} on this page`)
  return element
}

/** Spoken politely by screen readers. */
export function announce(text: string): void {
  find(document, '#news', HTMLElement).textContent = text
}

/** Shows a sentence in the nearest place for it; empty clears. */
export function say(root: ParentNode, text: string, tone: 'plain' | 'bad' = 'plain'): void {
  const status = find(root, '[data-status]', HTMLElement)
  status.textContent = text
  status.classList.toggle('bad', tone === 'bad')
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A page as the server renders it now; undefined where it cannot be had. */
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

/** Puts an element of a fetched page in the place of one here, and returns it. */
export function swap(old: Element, fresh: Element): HTMLElement {
  const adopted = document.importNode(fresh, true)
  old.replaceWith(adopted)
  if (!(adopted instanceof HTMLElement)) throw new TypeError('Only HTML elements are swapped')
  return adopted
}

/** The page's content as it is now, where it can be had. */
export async function renewContent(): Promise<void> {
  const page = await fetchPage(location.pathname)
  const fresh = page?.querySelector('main')
  if (!page || !fresh) return location.reload()
  swap(find(document, 'main', HTMLElement), fresh)
  renewBanner(page)
}

/** What stands stopped, as a page fetched later has it. */
export function renewBanner(page: Document): void {
  const [old, fresh] = [document.querySelector('#standing'), page.querySelector('#standing')]
  if (old && fresh && old.textContent !== fresh.textContent) swap(old, fresh)
}
