/** Requests as rows with their documents, read back as `ApprovalRequest`. SPEC 8. */
import { type SQL, sql } from 'drizzle-orm'
import { ALTERED_WORDS, withoutAltered } from '../../domain/approval/altered-columns.ts'
import type { ApprovalRequest, Loss, RequestSeal } from '../../domain/approval/approval-request.ts'
import type { Series } from '../../domain/approval/series.ts'
import type { RequestRow } from '../contract/request-store.ts'
import { fields } from '../driver/sql-statement.ts'
import { entries, grants, payloads, requests, tokens } from '../schema/tables.ts'
import { lossOf, namedBy, recordedContent } from '../sql/recorded-content.ts'
import { isUnrecorded, sealedRecord } from '../sql/recorded-request.ts'
import { ALTERED, contentOf, traceField, wordsOf } from '../sql/request-fields.ts'

export interface StoredRequest extends RequestRow {
  readonly separation: boolean | null
  readonly consents: number
  readonly deniedBy: string | null
  readonly jti: string | null
  readonly changedTo: string | null
  readonly series: Omit<Series, 'bounds'> | null
  readonly loss: Loss | null
  readonly unrecorded: boolean
  readonly sealed: Omit<RequestSeal, 'payloads'> | null
  readonly created: string | null
  readonly documents: Partial<Record<'action' | 'bounds' | 'preview' | 'reason' | 'denial', string>> | null
}

const repeated = ['trace', 'groups', 'quorum', 'effect', 'irreversible', 'challengeIssuer', 'challengeJti']
const withDocuments = (which: SQL) => sql`${fields(requests, repeated)}, ${traceField},
  (SELECT ${tokens.jti} FROM ${tokens} WHERE ${tokens.request} = ${requests.id}) AS "jti",
  CASE WHEN ${requests.state} = 'changed' THEN (SELECT later.id FROM ${requests} AS later
    WHERE later.changes = ${requests.id}) END AS "changedTo",
  (SELECT json_build_object('uses', uses, 'used', used, 'sumLimit', sum_limit, 'summed', summed,
    'endedAt', ended_at) FROM ${grants} WHERE ${grants.id} = ${requests.id}) AS "series",
  (SELECT json_object_agg(${payloads.kind}, ${recordedContent}) FROM ${payloads}
    WHERE ${payloads.subject} = ${requests.id} AND ${which}) AS "documents",
  ${lossOf} AS "loss", ${isUnrecorded} AS "unrecorded", ${sealedRecord} AS "sealed",
  ${namedBy(sql`${entries.trace} = ${requests.trace} AND ${entries.type} = 'request.created'`)} AS "created"`

export const wholeRequest = withDocuments(sql`${payloads.kind} IN ('action', 'bounds', 'preview', 'reason', 'denial')`)

/** A list of 200 requests stays below two megabytes. A change to the authority is named by its preview, too. The length of a stored text is known without reading it. */
export const shortRequest = withDocuments(
  sql`(${payloads.kind} IN ('action', 'bounds') OR (${payloads.kind} = 'preview' AND ${requests.name} LIKE 'countersign.%'))
    AND octet_length(${payloads.content}) <= 8192`,
)

export function requestOf(row: StoredRequest): ApprovalRequest {
  const { documents, previewBy, previewDigest, deniedBy, series, loss, unrecorded, sealed, created, ...rest } = row
  const altered = unrecorded || Object.values(documents ?? {}).includes(ALTERED)
  const preview = previewBy &&
    previewDigest && { by: previewBy, digest: previewDigest, content: contentOf<'preview'>(documents?.preview) }
  return {
    ...(unrecorded ? withoutAltered(rest, ALTERED_WORDS) : rest),
    action: contentOf<'action'>(documents?.action),
    altered: altered || loss !== null,
    ...(loss && !altered ? { loss } : {}),
    ...(sealed ? { seal: { ...sealed, payloads: created?.replaceAll('"', '').split(',') ?? [] } } : {}),
    series: series && { ...series, bounds: contentOf<'bounds'>(documents?.bounds) },
    preview: preview && { ...preview },
    reason: wordsOf(documents?.reason),
    denial: deniedBy === null ? null : { by: deniedBy, reason: wordsOf(documents?.denial) },
  }
}
