/** Requests as rows with their documents, read back as `ApprovalRequest`. SPEC 8. */
import { type SQL, sql } from 'drizzle-orm'
import { ALTERED_WORDS, withoutAltered } from '../../domain/approval/altered-columns.ts'
import type { ApprovalRequest, Loss, RequestSeal } from '../../domain/approval/approval-request.ts'
import type { Series } from '../../domain/approval/series.ts'
import { PARSED_IN_TURN } from '../../domain/ledger/portions.ts'
import { inTurns, othersTurn, type Steps } from '../../domain/turns.ts'
import type { RequestRow } from '../contract/request-store.ts'
import { fields } from '../driver/sql-statement.ts'
import { grants, payloads, requests, tokens } from '../schema/tables.ts'
import { heldContent, namedTexts } from '../sql/recorded-content.ts'
import { presentRecord, sealedRecord } from '../sql/recorded-request.ts'
import { ALTERED, contentOf, traceField, wordsOf } from '../sql/request-fields.ts'

/** Requests of a statement: the embedded database computes for some 20 ms on them, on the thread that answers others. */
export const REQUESTS_AT_ONCE = 32

type Kind = 'action' | 'bounds' | 'preview' | 'reason' | 'denial'

export interface StoredRequest extends RequestRow {
  readonly separation: boolean | null
  readonly consents: number
  readonly deniedBy: string | null
  readonly jti: string | null
  readonly changedTo: string | null
  readonly series: Omit<Series, 'bounds'> | null
  /** Of the columns as they are now. */
  readonly record: string | null
  readonly sealed: Omit<RequestSeal, 'payloads'> | null
  /** The digests, each in quotes. */
  readonly texts: { readonly created: string | null; readonly denied: string | null; readonly loss: Loss | null }
  readonly documents: Partial<Record<Kind, { readonly digest: string; readonly content: string }>> | null
}

const repeated = ['trace', 'groups', 'quorum', 'effect', 'irreversible', 'challengeIssuer', 'challengeJti']
const withDocuments = (which: SQL) => sql`${fields(requests, repeated)}, ${traceField},
  (SELECT ${tokens.jti} FROM ${tokens} WHERE ${tokens.request} = ${requests.id}) AS "jti",
  CASE WHEN ${requests.state} = 'changed' THEN (SELECT later.id FROM ${requests} AS later
    WHERE later.changes = ${requests.id}) END AS "changedTo",
  (SELECT json_build_object('uses', uses, 'used', used, 'sumLimit', sum_limit, 'summed', summed,
    'endedAt', ended_at) FROM ${grants} WHERE ${grants.id} = ${requests.id}) AS "series",
  (SELECT json_object_agg(${payloads.kind}, ${heldContent}) FROM ${payloads}
    WHERE ${payloads.subject} = ${requests.id} AND ${which}) AS "documents",
  ${namedTexts} AS "texts", ${presentRecord} AS "record", ${sealedRecord} AS "sealed"`

export const wholeRequest = withDocuments(sql`${payloads.kind} IN ('action', 'bounds', 'preview', 'reason', 'denial')`)

/** A list of 200 requests stays below two megabytes. A change to the authority is named by its preview, too. The length of a stored text is known without reading it. */
export const shortRequest = withDocuments(
  sql`(${payloads.kind} IN ('action', 'bounds') OR (${payloads.kind} = 'preview' AND ${requests.name} LIKE 'countersign.%'))
    AND octet_length(${payloads.content}) <= 8192`,
)

/** The stored texts: one that the entry of its kind does not name is `ALTERED`. */
function recordedTexts({ documents, texts: { created, denied } }: StoredRequest): Partial<Record<string, string>> {
  const isNamed = (kind: string, digest: string) => (kind === 'denial' ? denied : created)?.includes(`"${digest}"`)
  return Object.fromEntries(
    Object.entries(documents ?? {}).map(([kind, { digest, content }]) => [
      kind,
      isNamed(kind, digest) ? content : ALTERED,
    ]),
  )
}

function requestOf(row: StoredRequest): ApprovalRequest {
  const { documents: _, previewBy, previewDigest, deniedBy, series, record, sealed, texts, ...rest } = row
  const { created, loss } = texts
  const { action, bounds, preview: shown, reason, denial } = recordedTexts(row)
  const unrecorded = record === null || sealed?.record !== record
  const altered = unrecorded || [action, bounds, shown, reason, denial].includes(ALTERED)
  const preview = previewBy &&
    previewDigest && { by: previewBy, digest: previewDigest, content: contentOf<'preview'>(shown) }
  return {
    ...(unrecorded ? withoutAltered(rest, ALTERED_WORDS) : rest),
    action: contentOf<'action'>(action),
    altered: altered || loss !== null,
    ...(loss && !altered ? { loss } : {}),
    ...(sealed ? { seal: { ...sealed, payloads: created?.replaceAll('"', '').split(',') ?? [] } } : {}),
    series: series && { ...series, bounds: contentOf<'bounds'>(bounds) },
    preview: preview && { ...preview },
    reason: wordsOf(reason),
    denial: deniedBy === null ? null : { by: deniedBy, reason: wordsOf(denial) },
  }
}

/**
 * Runs statements that read many requests: in the embedded database one after the other, so that what stops things waits
 * for one of them at most, however many lists are asked for.
 */
export type Bulk = <T>(work: () => Promise<T>) => Promise<T>

/** In their order. */
export const requestsOf = (rows: readonly StoredRequest[]): Promise<readonly ApprovalRequest[]> =>
  inTurns({ othersTurn, characters: PARSED_IN_TURN }, parsing(rows))

const lengths = new WeakMap<ApprovalRequest, number>()

/** Of the texts that it was read from. */
export const charactersIn = (request: ApprovalRequest): number => lengths.get(request) ?? 0

function* parsing(rows: readonly StoredRequest[]): Steps<readonly ApprovalRequest[]> {
  const found: ApprovalRequest[] = []
  for (const row of rows) {
    const length = Object.values(row.documents ?? {}).reduce((sum, { content }) => sum + content.length, 0)
    yield length
    const request = requestOf(row)
    lengths.set(request, length)
    found.push(request)
  }
  return found
}
