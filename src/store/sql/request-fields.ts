/** Fields of requests that several statements read, and the content of payloads. SPEC 8. */
import { type SQL, sql } from 'drizzle-orm'
import { ALTERED_WORDS } from '../../domain/approval/altered-columns.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { requests } from '../schema/tables.ts'

/** The trace id: the uuid without hyphens. */
export const traceField = sql`replace(${requests.trace}::text, '-', '') AS "trace"`

export const endedFields: SQL = sql`${requests.id} AS "id", ${traceField}, ${requests.agent} AS "agent",
  ${requests.principal} AS "principal", ${requests.audience} AS "audience", ${requests.digest} AS "digest",
  ${requests.name} AS "name"`

interface Contents {
  readonly action: NonNullable<ApprovalRequest['action']>
  readonly bounds: NonNullable<NonNullable<ApprovalRequest['series']>['bounds']>
  readonly preview: NonNullable<NonNullable<ApprovalRequest['preview']>['content']>
  readonly reason: string
  readonly person: { readonly name: string }
}

/** The content of a payload, without its salt; null once erased, and where it was altered. */
export function contentOf<K extends keyof Contents>(content: string | null | undefined): Contents[K] | null {
  if (content === null || content === undefined || content === ALTERED) return null
  const parsed: { readonly content: Contents[K] } = JSON.parse(content)
  return parsed.content
}

/** A text of a person or an agent; null once erased. */
export const wordsOf = (content: string | null | undefined): string | null =>
  content === ALTERED ? ALTERED_WORDS : contentOf<'reason'>(content)

/** A request's id in base64url as its trace, a uuid: the same 128 bits. `requestOf` is the way back. */
export const traceOf = (request: SQL): SQL =>
  sql`encode(decode(translate(${request}, '-_', '+/') || '==', 'base64'), 'hex')::uuid`
export const requestOf = (trace: SQL): SQL =>
  sql`rtrim(translate(encode(uuid_send(${trace}), 'base64'), '+/', '-_'), '=')`

/** The digest of a text, as entries name it. */
export const digestOf = (text: SQL): SQL => sql`('sha-256:' || rtrim(translate(
  encode(sha256(convert_to(${text}, 'UTF8')), 'base64'), '+/', '-_'), '='))`

/** Whether the catalogue calls an argument of this action sensitive. */
export const hasSensitive = (request: SQL): SQL => sql`coalesce((
  SELECT ${requests.catalogueEntry}::text LIKE '%"sensitive":true%' FROM ${requests} WHERE ${requests.id} = ${request}), false)`

/** Instead of a content that is not what the ledger names. */
export const ALTERED = ''
