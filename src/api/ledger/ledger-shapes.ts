/** Ledger entries, the queries for them, their activity, and the texts that auditors check, on the wire. SPEC 8. */
import { base64urlEncode } from '@countersign/verifier'
import * as z from 'zod'
import type { Services } from '../../authority/compose.ts'
import type { Story } from '../../authority/reading/entry-search.ts'
import type { ReadReport } from '../../authority/reading/outcome-reports.ts'
import { base64url22, nameOf } from '../../domain/identity/identifiers.ts'
import type { Activity, Artifact, FoundEntry, UnprovedEntry } from '../../domain/ledger/found-entry.ts'
import { Denial } from '../problem.ts'
import { amountUpTo, digest, instant, jsonObject, position, reportedOutcome, traceId } from '../wire-fields.ts'

const denialReason = z.string().nullable().meta({
  description:
    'Of a denial, in the approver’s own words, until they are erased; null elsewhere, and where the catalogue calls arguments sensitive',
})

export const EntryView = z
  .strictObject({
    index: z.int(),
    leaf: digest,
    entry: jsonObject,
    denial_reason: denialReason,
    approved_by: z.array(z.string()).meta({ description: 'Approvers who consented in this trace so far' }),
    trace_outcome: reportedOutcome
      .nullable()
      .meta({ description: 'Outcome of this trace so far; null where none was reported or missed yet' }),
  })
  .meta({
    id: 'LedgerEntry',
    description: 'An entry, its leaf index and leaf hash, and the outcome of its trace',
  })

export const entryView = (found: FoundEntry): z.input<typeof EntryView> => ({
  index: found.index,
  ...unprovedView(found),
  approved_by: [...found.approvedBy],
  trace_outcome: found.ended,
})

export const UnprovedEntries = z
  .strictObject({ entries: z.array(z.strictObject({ leaf: digest, entry: jsonObject, denial_reason: denialReason })) })
  .meta({ id: 'UnprovedEntries', description: 'Entries without a leaf index: they get one with the next checkpoint' })

export const unprovedView = ({ body, leaf, reason }: UnprovedEntry) => ({
  leaf: `sha-256:${base64urlEncode(leaf)}`,
  entry: JSON.parse(body),
  denial_reason: reason,
})

export const EntriesPage = z.strictObject({
  entries: z.array(EntryView),
  next: z.int().nullable(),
  indexed_through: z.int().nullable().meta({
    description:
      'While the search index is behind the log: the last leaf index that this answer covers. Null where it covers every entry',
  }),
})

export const ActivityView = z.strictObject({
  from: instant,
  bucket_seconds: z.int(),
  buckets: z.array(z.strictObject({ at: instant, counts: z.record(z.string(), z.int()) })),
})

export function activityView(activity: {
  readonly from: number
  readonly seconds: number
  readonly counts: readonly Activity[]
}): z.input<typeof ActivityView> {
  const buckets = new Map<number, Record<string, number>>()
  for (const { bucket, type, count } of activity.counts) {
    buckets.set(bucket, { ...buckets.get(bucket), [type]: count })
  }
  const { from, seconds } = activity
  return {
    from,
    bucket_seconds: seconds,
    buckets: [...buckets].map(([bucket, counts]) => ({ at: from + bucket * seconds, counts })),
  }
}

export const ArtifactsPage = z.strictObject({
  artifacts: z.array(
    z.strictObject({
      index: z.int(),
      jti: base64url22,
      claims: jsonObject.nullable(),
      signature: z.string().nullable(),
      kid: z.string().nullable(),
    }),
  ),
  next: z.int().nullable(),
})

export const artifactView = ({ claims, ...artifact }: Artifact) => ({ ...artifact, claims: claims && { ...claims } })

export const ReportedOutcomes = z.strictObject({
  outcomes: z.array(
    z
      .strictObject({
        digest: digest.meta({
          description:
            'SHA-256 of the JCS of { typ: "countersign/payload/v1", kind: "outcome", salt, content: { result, detail } }',
        }),
        salt: base64url22.nullable().meta({ description: 'Null where it is masked, altered or erased' }),
        result: jsonObject.nullable().meta({ description: 'The change that was really made' }),
        detail: z.string().nullable(),
        masked: z.boolean().meta({
          description: 'Arguments of the call are sensitive: uncover the request to read what was reported',
        }),
        altered: z
          .boolean()
          .meta({ description: 'The stored report is not the one that its entry names, or was deleted unordered' }),
        erased: z.boolean().meta({ description: 'It was erased, as law or retention requires' }),
      })
      .meta({ id: 'ReportedOutcome', description: 'An outcome report; its entry names it by this digest' }),
  ),
})

/** With the salt, so that a reader can compute the digest again. */
export const reportView = ({ digest, content: text, masked, altered }: ReadReport) => {
  const state = { digest, masked, altered, erased: text === null && !masked && !altered }
  if (text === null) return { ...state, salt: null, result: null, detail: null }
  const { salt, content } = JSON.parse(text)
  return { ...state, salt, result: content.result, detail: content.detail }
}

export const LedgerKeys = z.strictObject({
  keys: z.array(
    z.strictObject({
      kid: z.string(),
      alg: z.string(),
      public_jwk: jsonObject,
      published_at: instant,
      signs_from: instant,
      retired_at: instant.nullable(),
    }),
  ),
})

type KeyRow = Awaited<ReturnType<Services['auditing']['keys']>>[number]

export const signingKeyView = (key: KeyRow): z.input<typeof LedgerKeys>['keys'][number] => ({
  kid: key.kid,
  alg: key.alg,
  public_jwk: { ...key.publicJwk },
  published_at: key.publishedAt,
  signs_from: key.signsFrom,
  retired_at: key.retiredAt,
})

export const TraceView = z
  .strictObject({ trace: z.string(), entries: z.array(jsonObject), denial: Denial.optional() })
  .meta({ id: 'Story', description: 'Ledger entries of one trace, in order of arrival' })

export const traceView = (trace: string, { entries, denial }: Story): z.input<typeof TraceView> => ({
  trace,
  entries: entries.map(({ body }) => JSON.parse(body)),
  ...(denial === null ? {} : { denial }),
})

const searchText = nameOf(256)

const EntryMembers = z.strictObject({
  type: searchText.optional(),
  trace: traceId.optional(),
  agent: searchText.optional(),
  principal: searchText.optional(),
  approver: searchText.optional(),
  executor: searchText.optional(),
  name: searchText.optional().meta({ description: 'Name of the action' }),
  action: digest.optional(),
  resource: z
    .string()
    .min(1)
    .max(2048)
    .optional()
    .meta({ description: 'As it was in the action; found until its payload is erased' }),
  outcome: reportedOutcome.optional(),
  origin: z.enum(['human', 'policy']).optional(),
  from: position.optional().meta({ description: 'Epoch seconds, included' }),
  to: position.optional().meta({ description: 'Epoch seconds, included' }),
  text: searchText.optional().meta({ description: 'Any whole id or name in the entry: a jti, a request, a trace' }),
  words: z
    .string()
    .max(256)
    .regex(/[\p{L}\p{N}]/u, 'at least one letter or digit')
    .optional()
    .meta({
      description:
        'Beginnings of words that the arguments, preview or reason all have; the first 5,000 of a request count, until these are erased',
    }),
})

export const EntryQuery = EntryMembers.extend({
  order: z.enum(['newest', 'oldest']).default('newest'),
  after: position.optional().meta({ description: 'The `next` of the page before' }),
  limit: amountUpTo(500).default(50),
})

export const ExportQuery = EntryMembers.extend({ format: z.enum(['jsonl', 'csv']).default('jsonl') })

export const TailQuery = EntryMembers.extend({
  after: position.optional().meta({ description: 'Leaf index to resume after, where no Last-Event-ID is sent' }),
})

export const UnprovedQuery = EntryMembers.extend({ limit: amountUpTo(500).default(50) })

export const ActivityQuery = z.strictObject({
  from: position,
  to: position,
  buckets: amountUpTo(1000).default(60),
})

export const ArtifactsQuery = z.strictObject({ after: position.optional(), limit: amountUpTo(500).default(100) })
