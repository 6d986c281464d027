/**
 * Keeps time left and age on the page true to the second, by the server's clock.
 *
 * In: elements with `data-expires` or `data-since` (epoch seconds). Out: their text.
 * Says the same words as `web/wording.ts`. Speaks only at the marks a person can still use: 60, 30 and 10 seconds.
 */
import { announce } from './dom.ts'

const skew = Number(document.documentElement.dataset['now']) - Math.floor(Date.now() / 1000)

/** Epoch seconds by the server's clock. */
export const now = (): number => Math.floor(Date.now() / 1000) + skew

/** `4:32`, from an hour on `1 h 12 min`; never negative. */
export function timeLeft(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds))
  if (left >= 3600) return `${Math.floor(left / 3600)} h ${Math.floor((left % 3600) / 60)} min`
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
}

/** `just now`, `2 min ago`, `3 h ago`, `5 days ago`. */
export function age(seconds: number): string {
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${Math.floor(seconds)} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  const days = Math.floor(seconds / 86_400)
  return `${days} ${days === 1 ? 'day' : 'days'} ago`
}

const setText = (element: Element, text: string) => {
  if (element.textContent !== text) element.textContent = text
}

/** Updates all clocks once. */
export function tick(): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-expires-text]')) {
    const left = Number(element.dataset['expiresText']) - now()
    setText(element, left > 0 ? timeLeft(left) : '0:00')
    element.closest('.pill')?.classList.toggle('urgent', left <= 60)
    if (element.hasAttribute('data-announce') && [60, 30, 10].includes(left))
      announce(`${left} seconds left to answer.`)
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-since]'))
    setText(element, age(now() - Number(element.dataset['since'])))
}

export function startClock(): void {
  setInterval(tick, 1000)
  tick()
}
