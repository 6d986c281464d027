/** Keeps ages and times left on the page current to the second, by the server's clock. */
import { age, HURRY_SECONDS, timeLeft, URGENT_SECONDS } from '../../parts/wording.ts'
import { announce } from './dom.ts'

const skew = Number(document.documentElement.dataset['now']) - Math.floor(Date.now() / 1000)

/** Epoch seconds by the server's clock. */
export const now = (): number => Math.floor(Date.now() / 1000) + skew

const setText = (element: Element, text: string) => {
  if (element.textContent !== text) element.textContent = text
}

/** Updates all clocks once. */
export function tick(): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-expires-text]')) {
    const left = Number(element.dataset['expiresText']) - now()
    setText(element, timeLeft(left))
    const { classList } = element.closest('.pill') ?? element
    classList.toggle('warn', left <= HURRY_SECONDS)
    classList.toggle('urgent', left <= URGENT_SECONDS)
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
