/**
 * A live approval: the two answers, the deadline, and what others do to the request meanwhile.
 *
 * In: the place that holds a rendered approval. Out: the same place, re-rendered by the server whenever its state changes.
 * Decides nothing: it refuses to go on where the statement is not about the action this page shows.
 */

import { call, type Reply } from './_api.ts'
import { now, tick } from './_clock.ts'
import { askForPasskey, type RequestOptions } from './_gesture.ts'
import { announce, fetchPage, find, say } from './_page.ts'

interface Offer {
  readonly statement: { readonly action: string; readonly request: string }
  readonly options: RequestOptions
}

export interface LiveApproval {
  /** Looks at the server's state now; true where something changed. */
  readonly refresh: () => Promise<boolean>
  readonly stop: () => void
}

/** `render` puts a freshly fetched approval into the place of `current` and returns it. */
export type Render = (fresh: HTMLElement, current: HTMLElement) => HTMLElement

export function liveApproval(
  first: HTMLElement,
  render: Render,
  onState: (state: string) => void = () => {},
): LiveApproval {
  let current = first
  let busy = false

  const refresh = async (): Promise<boolean> => {
    const page = await fetchPage(`/approve/${current.dataset['approval']}`)
    const fresh = page?.querySelector<HTMLElement>('[data-approval]')
    if (!fresh) return false
    const arrived = document.importNode(fresh, true)
    if (arrived.dataset['version'] === current.dataset['version']) return false
    if (isOpen(arrived) && isOpen(current)) return updateOpen(current, arrived)
    const wasOpen = isOpen(current)
    current = render(arrived, current)
    tick()
    speak(current, wasOpen)
    onState(current.dataset['state'] ?? '')
    return true
  }

  /** One answer at a time; while a gesture is under way the buttons are deaf, not gone. */
  const answering = async (answer: () => Promise<void>) => {
    if (busy || current.dataset['state'] !== 'pending') return
    busy = true
    setDeaf(current, true)
    await answer().finally(() => {
      busy = false
      setDeaf(current, false)
    })
  }

  const settle = async (reply: Reply<unknown>) => {
    if (!reply.ok) say(current, reply.message, 'bad')
    if (reply.ok || /^request_|^not_found$/.test(reply.code)) await refresh()
  }

  const onClick = (event: Event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null
    if (button?.hasAttribute('data-deny')) void answering(async () => settle(await deny(current)))
    if (button?.hasAttribute('data-approve')) void answering(async () => settle(await approve(current)))
  }
  const host = find(document, 'body', HTMLElement)
  host.addEventListener('click', onClick)
  const deadline = setInterval(() => {
    if (!busy && endAtDeadline(current)) void refresh()
  }, 1000)

  return {
    refresh: () => (busy ? Promise.resolve(false) : refresh()),
    stop: () => {
      clearInterval(deadline)
      host.removeEventListener('click', onClick)
    },
  }
}

function deny(approval: HTMLElement): Promise<Reply<unknown>> {
  say(approval, 'Denying…')
  const reason = approval.querySelector<HTMLTextAreaElement>('[data-deny-reason]')?.value.trim()
  return call('POST', `/approvals/${approval.dataset['approval']}/deny`, { body: reason ? { reason } : {} })
}

async function approve(approval: HTMLElement): Promise<Reply<unknown>> {
  const { approval: id, digest } = approval.dataset
  say(approval, 'Waiting for your passkey…')
  const offer = await call<Offer>('POST', `/approvals/${id}/options`)
  if (!offer.ok) return offer
  const { statement, options } = offer.value
  if (statement.action !== digest || statement.request !== id)
    return failure('What your passkey would sign is not what this page shows. Nothing was signed. Reload the page.')
  const gesture = await askForPasskey(options)
  if (!gesture.ok) return failure(gesture.message)
  say(approval, 'Sending your consent…')
  return call('POST', `/approvals/${id}/consent`, { body: { assertion: gesture.value } })
}

const failure = (message: string): Reply<never> => ({ ok: false, code: 'not_signed', message })

function setDeaf(approval: HTMLElement, deaf: boolean): void {
  for (const button of approval.querySelectorAll('[data-answers] button'))
    if (deaf) button.setAttribute('aria-disabled', 'true')
    else button.removeAttribute('aria-disabled')
}

/** True while the time is over and the page still shows the request as open. */
function endAtDeadline(approval: HTMLElement): boolean {
  if (approval.dataset['state'] !== 'pending' || now() < Number(approval.dataset['expires'])) return false
  const answers = approval.querySelector<HTMLElement>('[data-answers]')
  if (answers && !answers.hidden) {
    answers.hidden = true
    say(approval, 'The time to answer has run out. Nothing happened.', 'bad')
  }
  return true
}

const isOpen = (approval: HTMLElement): boolean => approval.querySelector('[data-answers]') !== null

/** Somebody else consented while this person reads: only what follows from an answer changes, the reading stays. */
function updateOpen(current: HTMLElement, arrived: HTMLElement): boolean {
  const [old, fresh] = [current, arrived].map((approval) => approval.querySelector('.consequences'))
  if (old && fresh) old.replaceWith(fresh)
  current.dataset['version'] = arrived.dataset['version'] ?? ''
  announce('Another approver has consented.')
  return true
}

/** The verdict is read out; the focus moves to it only where the buttons that had it are gone. */
function speak(approval: HTMLElement, wasOpen: boolean): void {
  const verdict = approval.querySelector<HTMLElement>('#verdict')
  if (!verdict) return
  announce(`${verdict.textContent}. ${verdict.nextElementSibling?.textContent ?? ''}`)
  if (!wasOpen) return
  verdict.focus({ preventScroll: true })
  window.scrollTo({ top: 0 })
}
