/**
 * What an allowed request writes: its rows in five tables, for a server that writes as much and decides nothing.
 *
 * In: the database of an authority that allowed one. Out: the rows as JSON, with the ids that each further request has
 * of its own.
 */
import type postgres from 'postgres'

export interface Story {
  /** JSON of each table's rows. */
  readonly rows: Readonly<Record<'requests' | 'payloads' | 'tokens' | 'texts' | 'entries', string>>
  /** The claims of the token, as JSON. */
  readonly token: string
  /** The ids of request, token and trace. */
  readonly changing: readonly string[]
}

export const NO_STORY: Story = {
  rows: { requests: '[]', payloads: '[]', tokens: '[]', texts: '[]', entries: '[]' },
  token: '{}',
  changing: [],
}

interface Found extends Record<keyof Story['rows'], unknown> {
  readonly id: string
  readonly trace: string
  readonly jti: string
  readonly claims: unknown
}

/** Of the newest token. The log adds the words of payloads later. */
export async function storyOf(sql: postgres.Sql): Promise<Story> {
  const [found] = await sql<Found[]>`
    select requests.id, requests.trace, tokens.jti, token_texts.claims, json_build_array(requests) as requests,
      json_build_array(tokens) as tokens, json_build_array(token_texts) as texts,
      (select json_agg(to_jsonb(payloads) - 'words') from payloads where subject = requests.id) as payloads,
      (select json_agg(entries) from entries where entries.trace = requests.trace) as entries
    from tokens join token_texts using (jti) join requests on requests.id = tokens.request
    order by tokens.issued_at desc limit 1`
  if (!found) throw new Error('No request was allowed yet')
  const { id, trace, jti, claims, ...rows } = found
  const written = Object.fromEntries(Object.entries(rows).map(([table, value]) => [table, JSON.stringify(value)]))
  return { rows: written as Story['rows'], token: JSON.stringify(claims), changing: [id, jti, trace] }
}
