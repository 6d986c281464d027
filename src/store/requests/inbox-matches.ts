/** The filter of an inbox as a condition: members by their value, words in what approvers see. SPEC 2.3. */
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { InboxFilter } from '../../domain/approval/request-filter.ts'
import { payloads, requests } from '../schema/tables.ts'

const given = sql.placeholder

/** The values of a filter, null where it names none. */
export const sought = ({ agent, executor, name, danger, words }: InboxFilter) => ({
  agent: agent ?? null,
  executor: executor ?? null,
  name: name ?? null,
  danger: danger ?? null,
  words: words ?? null,
})

const wanted = (member: string, condition: SQL) => sql`(${given(member)}::text IS NULL OR ${condition})`
const sameAs = (column: SQLWrapper, member: string) => wanted(member, sql`${column} = ${given(member)}::text`)

// The text that is always there; the executor's sentence is taken from the document as it is written, since SQL cannot
// read every text that JSON can hold.
const heading = sql`concat_ws(' ', agent, principal, audience, executor_title, name,
  substring(catalogue_entry::text FROM '"phrase":"((?:[^"\\\\]|\\\\.)*)"'),
  substring(catalogue_entry::text FROM '"title":"((?:[^"\\\\]|\\\\.)*)"'))`

// Until the integrator has read a request, its text itself is looked at. Words are letters and digits only.
const saysWord = sql`(${heading} ILIKE '%' || word || '%' OR EXISTS (SELECT FROM ${payloads}
  WHERE ${payloads.subject} = ${requests.id} AND ${payloads.kind} = 'action'
    AND CASE WHEN ${payloads.words} IS NULL THEN ${payloads.content} ILIKE '%' || word || '%'
      ELSE ${payloads.words} @@ ('''' || word || ''':*')::tsquery END))`

/** True for a request for which any of these groups is asked; the parameter is a JSON array. */
export const isForAny = (groups: string): SQL =>
  sql`${requests.groups} ?| ARRAY(SELECT json_array_elements_text(${given(groups)}::text::json))`

/** A condition on a row of requests, with the values of `sought`. */
export const matchesInbox = sql`${sameAs(requests.agent, 'agent')} AND ${sameAs(requests.audience, 'executor')}
  AND ${sameAs(requests.name, 'name')}
  AND ${wanted('danger', sql`CASE ${given('danger')}::text WHEN 'irreversible' THEN irreversible ELSE effect = ${given('danger')}::text END`)}
  AND ${wanted(
    'words',
    sql`NOT EXISTS (SELECT FROM json_array_elements_text(${given('words')}::text::json) AS word
    WHERE NOT ${saysWord})`,
  )}`
