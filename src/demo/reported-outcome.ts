/**
 * The outcome of an act, as an auditor finds it: the log's entry, and the report to which the entry's digest commits.
 *
 * In: an auditor's client, a trace. Out: the outcome and the executor's report, or the fault in words.
 * Does not prove the entry: `audit verify` does, at the end of every story. SPEC 8.
 */
import { type JsonValue, type Preview, parsePreview } from '@countersign/verifier'
import type { Client } from '../client/client.ts'
import { preparePayload } from '../domain/ledger/payload.ts'
import { eventually } from './eventually.ts'

export interface ReportedOutcome {
  readonly outcome: string
  readonly result: Preview
}

/** An entry is found once the log has taken it in, within a fraction of a second; what takes longer is not coming. */
const FOUND_WITHIN_MS = 10_000

export async function reportedOutcome(
  client: Client,
  trace: string,
  signal: AbortSignal,
): Promise<ReportedOutcome | string> {
  const entry = await eventually(() => entryOf(client, trace), FOUND_WITHIN_MS, signal)
  if (entry === undefined) return 'the log has no outcome'
  const kept = await client.call('outcomes', { params: { trace } })
  if (!kept.ok) return kept.problem.code
  for (const { salt, result, detail } of kept.value.outcomes) {
    if (salt === null) return 'the report is masked'
    const content = { result: result as JsonValue, detail }
    const { digest } = await preparePayload('', 'outcome', content, salt)
    if (result !== null && isIn(entry['payloads'], digest)) {
      return { outcome: String(entry['outcome']), result: parsePreview(result) }
    }
  }
  return 'no report that the log knows'
}

async function entryOf(client: Client, trace: string) {
  const found = await client.call('listEntries', { query: { trace, type: 'outcome.reported' } })
  return found.ok ? found.value.entries[0]?.entry : undefined
}

const isIn = (payloads: unknown, digest: string) => Array.isArray(payloads) && payloads.includes(digest)
