/**
 * Routes of auditors: entries found and exported, activity, proofs, the texts of ended tokens.
 *
 * A stream is read from the database no faster than it is taken. SPEC 8.
 */
import {
  activityView,
  artifactView,
  entryView,
  reportView,
  signingKeyView,
  unprovedView,
} from '../../api/ledger/ledger-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import { isPerson } from '../../domain/identity/parties.ts'
import { mapResult, ok, refuse } from '../../domain/refusal.ts'
import { csvHead, csvLine } from '../answer/csv.ts'
import { EVENT_STREAM_HEADERS } from '../answer/event-streams.ts'
import { createTails } from '../answer/ledger-tail.ts'
import { problemResponse } from '../answer/problem-response.ts'
import { lastEventId } from '../call/call-headers.ts'
import type { Router } from '../call/router.ts'

type Found = Parameters<typeof entryView>[0]

const TYPES = { jsonl: 'application/jsonl; charset=utf-8', csv: 'text/csv; charset=utf-8' } as const

const TOO_MANY_TAILS = {
  code: 'rate_limited',
  message: 'Too many tails of the ledger are open for this reader. Close one, or ask for /ledger/entries now and then.',
  retryAfterSeconds: 60,
} as const

export function serveLedger(router: Router, { auditing, config }: Services): void {
  const tails = createTails()
  router.serve('listEntries', async ({ query: { order, after, limit, ...query } }) => {
    const { entries, indexedThrough } = await auditing.entries(query, { order, after, limit })
    const last = entries.length === limit ? entries.at(-1) : undefined
    return ok({ entries: entries.map(entryView), next: last?.index ?? null, indexed_through: indexedThrough })
  })
  router.serve('listUnproved', async ({ query: { limit, ...query } }) =>
    ok({ entries: (await auditing.unproved(query, limit)).map(unprovedView) }),
  )
  router.serveRaw('tailEntries', async ({ context, caller, query: { after, ...query }, isStillIn }) => {
    const last = lastEventId(context)
    if (!last.ok) return problemResponse(config.origin, last.refusal)
    const id = isPerson(caller) ? caller.session : caller.credentialId
    const stream = tails.open({ id, isStillIn }, (signal) => auditing.tail(query, last.value ?? after, signal))
    if (!stream) return problemResponse(config.origin, TOO_MANY_TAILS)
    return context.body(stream, 200, EVENT_STREAM_HEADERS)
  })
  router.serveRaw('exportEntries', async ({ context, query: { format, ...query }, isStillIn }) => {
    const count = await auditing.count(query)
    if (count !== null) context.header('countersign-entries', String(count))
    const { entries, indexedThrough } = await auditing.every(query)
    if (indexedThrough !== null) context.header('countersign-indexed-through', String(indexedThrough))
    return context.body(streamOf(linesOf(format, entries), isStillIn), 200, {
      'content-type': TYPES[format],
      'content-disposition': `attachment; filename="ledger.${format}"`,
    })
  })
  router.serve('activity', async ({ query: { from, to, buckets } }) => {
    if (to <= from) return refuse('invalid_request', 'to: must be later than from.', { status: 400 })
    return ok(activityView(await auditing.activity(from, to, buckets)))
  })
  router.serveRaw('proof', async ({ context, param }) => {
    const proof = await auditing.proof(param('id'))
    if (!proof.ok) return problemResponse(config.origin, proof.refusal)
    return context.body(proof.value.text, 200, {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="${proof.value.name}"`,
    })
  })
  router.serve('artifacts', async ({ query: { after, limit } }) => {
    const artifacts = await auditing.artifacts(after, limit)
    return ok({ artifacts: artifacts.map(artifactView), next: artifacts.at(-1)?.index ?? null })
  })
  router.serve('outcomes', async ({ caller, param }) => {
    const found = await auditing.reports(caller, param('trace'))
    return mapResult(found, (reports) => ({ outcomes: reports.map(reportView) }))
  })
  router.serveRaw('configuration', async ({ context, isStillIn }) => {
    const lines = await auditing.configuration()
    if (!lines.ok) return problemResponse(config.origin, lines.refusal)
    return context.body(streamOf(lines.value, isStillIn), 200, { 'content-type': TYPES.jsonl })
  })
  router.serve('ledgerKeys', async () => ok({ keys: (await auditing.keys()).map(signingKeyView) }))
}

async function* linesOf(format: keyof typeof TYPES, entries: AsyncGenerator<Found>): AsyncGenerator<string> {
  if (format === 'csv') yield csvHead
  for await (const found of entries) {
    const view = entryView(found)
    yield format === 'csv' ? csvLine(view) : `${JSON.stringify(view)}\n`
  }
}

const CHUNK_LENGTH = 65_536

/** A pull stream: a slow reader holds one chunk and one page in memory, no more, and gets none after access has ended. */
function streamOf(lines: AsyncGenerator<string>, isStillIn: () => Promise<boolean>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      if (!(await isStillIn())) throw new Error('The reader’s access has ended')
      let chunk = ''
      while (chunk.length < CHUNK_LENGTH) {
        const line = await lines.next()
        if (line.done) {
          if (chunk !== '') controller.enqueue(encoder.encode(chunk))
          return controller.close()
        }
        chunk += line.value
      }
      controller.enqueue(encoder.encode(chunk))
    },
    cancel: async () => void (await lines.return(undefined)),
  })
}
