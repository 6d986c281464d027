/**
 * The demo's second executor: a mailbox of 200 mails, whose verifier follows the authority's stream of events.
 *
 * In: the authority's address, the mailbox's credential and challenge key, a port. Out: a running mailbox.
 * Counts are open to all; reading and deleting take a token. Like the forum, it talks to the authority over HTTP only.
 */
import { ApprovalError, createVerifier, type Verifier } from '@countersign/verifier'
import { problemResponse } from '@countersign/verifier/fetch'
import { live } from '@countersign/verifier/live'
import type { ForumOptions } from './forum.ts'
import { type Handler, listen, type RunningExecutor } from './listen.ts'
import { type Box, deleteAll, readSenders } from './mailbox-actions.ts'
import { createMails, MAILS, type Mails } from './mails.ts'

export interface MailboxOptions extends ForumOptions {
  /** Between one mail and the next. */
  readonly pauseMs: number
}

export async function startMailbox({ port, pauseMs, ...trust }: MailboxOptions): Promise<RunningExecutor> {
  const following = live()
  const verifier = createVerifier({ ...trust, skewSeconds: 1, live: following })
  const server = await listen(mailboxOver(verifier, createMails(MAILS), pauseMs), port).catch(async (cause) => {
    await following.close()
    throw cause
  })
  return {
    url: server.url,
    stop: async () => {
      // An interrupted demo does not wait for the last mail.
      for (const call of verifier.inFlight) call.abort(new ApprovalError('authority_unreachable'))
      await verifier.settled()
      await following.close()
      await server.stop()
    },
  }
}

type Route = (verifier: Verifier, mails: Mails, box: Box, pauseMs: number) => Handler

const ROUTES: Readonly<Record<string, Route>> = {
  'GET ': (_, mails, box) => async () => Response.json({ ...box, mails: mails.held(), deletions: mails.deletions() }),
  'GET /senders': readSenders,
  'DELETE /mails': deleteAll,
}

/** The mailbox as a fetch handler: `/mailboxes/:mailbox`, `/senders` and `/mails?through=` below it. */
export function mailboxOver(verifier: Verifier, mails: Mails, pauseMs: number): Handler {
  return async (request) => {
    const { pathname } = new URL(request.url)
    const [, mailbox, rest = ''] = /^\/mailboxes\/(team)(\/\w+)?$/.exec(pathname) ?? []
    const route = ROUTES[`${request.method} ${rest}`]
    if (mailbox === undefined || route === undefined) return problemResponse(new ApprovalError('not_found'))
    return route(verifier, mails, { mailbox }, pauseMs)(request)
  }
}
