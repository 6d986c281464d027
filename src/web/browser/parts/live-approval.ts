/**
 * A live approval: the two answers, the deadline, and what others do to the request meanwhile.
 *
 * In: a rendered approval, and how to put a newer rendering in its place. Out: the place kept true to the server.
 * Decides nothing: every state shown is one the server rendered.
 */

import type { Reply } from './api.ts'
import { now, tick } from './clock.ts'
import { announce, fetchPage, say } from './dom.ts'
import { approve, deny } from './send-answer.ts'

/** Puts a freshly fetched approval into the place of `current` and returns it. */
export type Render = (fresh: HTMLElement, current: HTMLElement) => HTMLElement

export class LiveApproval {
  #current: HTMLElement
  #busy = false
  readonly #render: Render
  readonly #onState: (state: string) => void
  readonly #deadline = setInterval(() => this.#watchDeadline(), 1000)

  constructor(current: HTMLElement, render: Render, onState: (state: string) => void) {
    this.#current = current
    this.#render = render
    this.#onState = onState
    document.addEventListener('click', this.#onClick)
  }

  stop(): void {
    clearInterval(this.#deadline)
    document.removeEventListener('click', this.#onClick)
  }

  /** Looks at the server's state now, unless an answer is on its way. */
  async refresh(): Promise<void> {
    if (!this.#busy) await this.#renew()
  }

  async #renew(): Promise<void> {
    const page = await fetchPage(`/approve/${this.#current.dataset['approval']}`)
    const fresh = page?.querySelector<HTMLElement>('[data-approval]')
    if (!fresh || fresh.dataset['version'] === this.#current.dataset['version']) return
    const arrived = document.importNode(fresh, true)
    if (isOpen(arrived) && isOpen(this.#current) && mayApprove(arrived) === mayApprove(this.#current))
      return updateOpen(this.#current, arrived)
    const wasOpen = isOpen(this.#current)
    this.#current = this.#render(arrived, this.#current)
    tick()
    speak(this.#current, wasOpen)
    this.#onState(this.#current.dataset['state'] ?? '')
  }

  readonly #onClick = (event: Event): void => {
    const button = event.target instanceof Element ? event.target.closest('button') : null
    if (button?.hasAttribute('data-deny')) void this.#answer(deny)
    if (button?.hasAttribute('data-approve')) void this.#answer(approve)
  }

  /** One answer at a time; while a gesture is under way the buttons are deaf, not gone. */
  async #answer(give: (approval: HTMLElement) => Promise<Reply<unknown>>): Promise<void> {
    if (this.#busy || this.#current.dataset['state'] !== 'pending') return
    this.#busy = true
    setDeaf(this.#current, true)
    const reply = await give(this.#current)
    if (!reply.ok) say(this.#current, reply.message, 'bad')
    if (reply.ok || /^request_|^not_found$/.test(reply.code)) await this.#renew()
    setDeaf(this.#current, false)
    this.#busy = false
  }

  #watchDeadline(): void {
    if (this.#busy || this.#current.dataset['state'] !== 'pending') return
    if (now() < Number(this.#current.dataset['expires'])) return
    const answers = this.#current.querySelector<HTMLElement>('[data-answers]')
    if (answers && !answers.hidden) {
      answers.hidden = true
      say(this.#current, 'The time to answer has run out. Nothing happened.', 'bad')
    }
    void this.refresh()
  }
}

const isOpen = (approval: HTMLElement): boolean => approval.querySelector('[data-answers]') !== null

/** A kill switch, or others' consents, may take the button away while a person reads, and give it back. */
const mayApprove = (approval: HTMLElement): boolean => approval.querySelector('[data-approve]') !== null

function setDeaf(approval: HTMLElement, deaf: boolean): void {
  for (const button of approval.querySelectorAll('[data-answers] button'))
    if (deaf) button.setAttribute('aria-disabled', 'true')
    else button.removeAttribute('aria-disabled')
}

/** Somebody else consented while this person reads: only what follows from an answer changes, the reading stays. */
function updateOpen(current: HTMLElement, arrived: HTMLElement): void {
  const [old, fresh] = [current, arrived].map((approval) => approval.querySelector('.consequences'))
  if (old && fresh) old.replaceWith(fresh)
  current.dataset['version'] = arrived.dataset['version'] ?? ''
  announce('Another approver has consented.')
}

/** The verdict is read out; the focus moves to it only where the buttons that had it are gone. */
function speak(approval: HTMLElement, wasOpen: boolean): void {
  const verdict = approval.querySelector<HTMLElement>('#verdict')
  if (!verdict) {
    announce(approval.querySelector('.cannot')?.textContent ?? 'You can consent to this again.')
    return
  }
  announce(`${verdict.textContent}. ${verdict.nextElementSibling?.textContent ?? ''}`)
  if (!wasOpen) return
  verdict.focus({ preventScroll: true })
  window.scrollTo({ top: 0 })
}
