/** A live approval: the two answers, the deadline, changes made elsewhere. The server renders every state it shows. */
import { announce, fetchPage, say, setBusy } from './dom.ts'
import type { Reply } from './fetch-json.ts'
import { approve, deny } from './send-answer.ts'
import { now, tick } from './server-clock.ts'

/** Replaces `current` with a newly fetched approval and returns it. */
type Render = (fresh: HTMLElement, current: HTMLElement) => HTMLElement

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

  /** Fetches the current state, unless an answer is being sent. */
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
    // It can have been fetched before the answer that is being given.
    if (this.#busy) setBusy(answersOf(this.#current), true)
    tick()
    announceVerdict(this.#current, wasOpen)
    this.#onState(this.#current.dataset['state'] ?? '')
  }

  readonly #onClick = (event: Event): void => {
    const button = event.target instanceof Element ? event.target.closest('button') : null
    if (button?.hasAttribute('data-deny')) void this.#answer(deny)
    if (button?.hasAttribute('data-approve')) void this.#answer(approve)
  }

  /** One answer at a time. */
  async #answer(give: (approval: HTMLElement) => Promise<Reply<unknown>>): Promise<void> {
    if (this.#busy || this.#current.dataset['state'] !== 'pending') return
    this.#busy = true
    setBusy(answersOf(this.#current), true)
    const reply = await give(this.#current)
    if (!reply.ok) say(this.#current, reply.message, 'bad')
    if (reply.ok || /^request_|^(not_found|forbidden|killed|policy_denied)$/.test(reply.code)) await this.#renew()
    setBusy(answersOf(this.#current), false)
    this.#busy = false
  }

  #watchDeadline(): void {
    if (this.#busy || this.#current.dataset['state'] !== 'pending') return
    if (now() < Number(this.#current.dataset['expires'])) return
    const answers = this.#current.querySelector<HTMLElement>('[data-answers]')
    if (answers && !answers.hidden) {
      answers.hidden = true
      say(this.#current, 'The time to answer ran out. Nothing happened.', 'bad')
    }
    void this.refresh()
  }
}

const isOpen = (approval: HTMLElement): boolean => approval.querySelector('[data-answers]') !== null

/** A kill switch or other consents may remove the button and restore it. */
const mayApprove = (approval: HTMLElement): boolean => approval.querySelector('[data-approve]') !== null

const answersOf = (approval: HTMLElement) => approval.querySelectorAll('[data-answers] button')

/** After another approver's consent: replaces what it changes and leaves the text being read in place. */
function updateOpen(current: HTMLElement, arrived: HTMLElement): void {
  for (const part of ['.consequences', '[data-quorum]']) {
    const [old, fresh] = [current, arrived].map((approval) => approval.querySelector(part))
    if (old && fresh) old.replaceWith(fresh)
  }
  current.dataset['version'] = arrived.dataset['version'] ?? ''
  announce('Another approver has consented.')
}

/** Announces the verdict. The focus moves to it only if the buttons that had the focus are gone. */
function announceVerdict(approval: HTMLElement, wasOpen: boolean): void {
  const verdict = approval.querySelector<HTMLElement>('#verdict')
  if (!verdict) {
    announce(approval.querySelector('.cannot')?.textContent ?? 'You can approve this again.')
    return
  }
  announce(`${verdict.textContent}. ${verdict.nextElementSibling?.textContent ?? ''}`)
  if (!wasOpen) return
  verdict.focus({ preventScroll: true })
  window.scrollTo({ top: 0 })
}
