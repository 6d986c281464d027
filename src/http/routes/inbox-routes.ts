/** Routes of the inbox: its requests, its changes, and answers to several requests at once. */
import { batchAnswerView, inboxView } from '../../api/requests/answer-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { mapResult, ok } from '../../domain/refusal.ts'
import { eventText } from '../../domain/server-event.ts'
import { createEventStreams, EVENT_STREAM_HEADERS } from '../answer/event-streams.ts'
import { problemResponse } from '../answer/problem-response.ts'
import { waitMs } from '../call/call-headers.ts'
import type { Router } from '../call/router.ts'

/** At least one event in this time, so that a page knows that the stream is alive. */
const SPEAK_EVERY_MS = 15_000

const TOO_MANY_PAGES = {
  code: 'rate_limited',
  message: 'Too many pages of yours follow the inbox. Close one, or ask for /inbox now and then.',
  retryAfterSeconds: 60,
} as const

export function serveInbox(router: Router, { requests, config }: Services): void {
  const streams = createEventStreams()

  router.serve('inbox', async ({ caller, context, query }) => {
    const known = (context.req.header('if-none-match') ?? '').replaceAll('"', '')
    const signal = context.req.raw.signal
    const seen = await requests.inboxChanged(known, caller, query, waitMs(context), signal)
    context.header('etag', `"${seen.version}"`)
    return ok(inboxView(seen, config.origin))
  })
  router.serveRaw('inboxEvents', async ({ caller, context, query, isStillIn }) => {
    const stream = streams.open({ id: caller.session, isStillIn }, (signal) =>
      changesOf(requests, caller, query, signal),
    )
    if (!stream) return problemResponse(config.origin, TOO_MANY_PAGES)
    return context.body(stream, 200, EVENT_STREAM_HEADERS)
  })
  router.serve('offerBatch', ({ caller, body }) => requests.offerBatch(caller, body.requests))
  router.serve('consentBatch', async ({ caller, body }) => {
    const answered = await requests.consentBatch(caller, body.requests, body.assertion)
    return mapResult(answered, (answers) => ({ answers: answers.map(batchAnswerView) }))
  })
}

/** The inbox at once, then at each change. The version covers all that a reader missed: there is nothing to resume. */
async function* changesOf(
  requests: Services['requests'],
  person: Approver,
  query: Parameters<typeof requests.inboxChanged>[2],
  signal: AbortSignal,
): AsyncGenerator<string> {
  for (let known = ''; !signal.aborted; ) {
    const { version, count } = await requests.inboxChanged(known, person, query, SPEAK_EVERY_MS, signal)
    known = version
    yield eventText('inbox', { version, waiting: count.atLeast })
  }
}
