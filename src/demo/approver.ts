/**
 * The person of the story: the user of this terminal, with a passkey in their browser or phone.
 *
 * In: links. Out: nothing; what the person does reaches the authority on its own way.
 */

import { type Output, showLink } from '../cli/terminal/output.ts'
import { startCountdown } from '../cli/terminal/waiting.ts'

/** `settled` aborts when there is nothing left to do, because the authority has the answer. */
export interface Approver {
  /** Time that this person may take to release a switch. */
  readonly patienceSeconds: number
  readonly enrol: (link: string, expiresAt: number, settled: AbortSignal) => Promise<void>
  readonly consent: (link: string, expiresAt: number, settled: AbortSignal) => Promise<void>
  /** Approves the one request that waits in the inbox at `link`. */
  readonly answerInbox: (link: string, expiresAt: number, settled: AbortSignal) => Promise<void>
  /** Stops everything there is, on the page at `link`. */
  readonly stop: (link: string, expiresAt: number, settled: AbortSignal) => Promise<void>
  /** Lets it go on, on the same page. */
  readonly release: (link: string, expiresAt: number, settled: AbortSignal) => Promise<void>
  readonly close: () => Promise<void>
}

/** Shows the links, and how much time there is. */
export function approverAtTerminal(output: Output): Approver {
  const show = async (title: string, wait: string, link: string, expiresAt: number, settled: AbortSignal) => {
    showLink(output, title, link)
    const end = startCountdown(output, wait, expiresAt)
    settled.addEventListener('abort', end, { once: true })
  }
  return {
    patienceSeconds: 900,
    enrol: (link, expiresAt, settled) =>
      show('First become the admin: open this and make a passkey', 'Waiting for a passkey', link, expiresAt, settled),
    consent: (link, expiresAt, settled) =>
      show('Now you are asked. Open this, read it, and answer', 'Waiting for your answer', link, expiresAt, settled),
    answerInbox: (link, expiresAt, settled) =>
      show('Open your inbox, read what would change, and answer', 'Waiting for your answer', link, expiresAt, settled),
    stop: (link, expiresAt, settled) =>
      show('Mails are being deleted. Open this, and stop it', 'Waiting for you to stop it', link, expiresAt, settled),
    release: (link, expiresAt, settled) =>
      show(
        'Everything is stopped. Release the switch there, with your passkey',
        'Waiting for you',
        link,
        expiresAt,
        settled,
      ),
    close: async () => {},
  }
}
