/**
 * A database with a past: requests that were allowed, with their payloads, tokens, their texts, and redemptions. Without
 * their ledger entries: the log would be sequencing four million of them while redemption is timed.
 *
 * In: a database that holds one such request already, the pattern of all. Out: the rows, indexed and analysed.
 */
import type postgres from 'postgres'

/** 128 random bits in base64url, as ids are. */
const randomId = (bytes: string) => `translate(encode(${bytes}, 'base64'), '+/=', '-_')`

/** The only token is the pattern's. */
const OF_PATTERN = 'subject = (select request from tokens)'

/** Every table but `tokens` gets its rows in the order of its key, which spares the load random page reads. */
export async function fillDatabase(sql: postgres.Sql, count: number): Promise<void> {
  await sql.unsafe('set synchronous_commit = off; set work_mem = "256MB"; set maintenance_work_mem = "256MB"')
  await sql.unsafe(`
    create temp table past as
    select trace, ${randomId('uuid_send(trace)')} as request, ${randomId('uuid_send(gen_random_uuid())')} as jti
    from (select gen_random_uuid() as trace from generate_series(1, ${count})) as drawn`)
  await copyLike(sql, 'requests', { id: 'past.request', trace: 'past.trace', txn: 'past.request' }, 'past.request')
  await copyLike(sql, 'payloads', { subject: 'past.request' }, 'past.request', OF_PATTERN)
  await copyLike(sql, 'tokens', { jti: 'past.jti', request: 'past.request' }, 'past.jti')
  await copyLike(sql, 'token_texts', { jti: 'past.jti' }, 'past.jti')
  await redemptionsOf(sql)
  await sql`drop table past`
  await sql`reset synchronous_commit`
  await sql`vacuum analyze`
}

/** For each of the past, the rows of the pattern, but for `own`. */
async function copyLike(
  sql: postgres.Sql,
  table: string,
  own: Record<string, string>,
  order: string,
  condition = 'true',
): Promise<void> {
  const columns = await sql<{ name: string }[]>`
    select column_name as name from information_schema.columns where table_name = ${table} and table_schema = 'public'`
  const names = columns.map(({ name }) => name)
  const values = names.map((name) => own[name] ?? `pattern."${name}"`)
  await sql.unsafe(`
    insert into ${table} (${names.map((name) => `"${name}"`).join(', ')}) select ${values.join(', ')}
    from past, (select * from ${table} where ${condition}) as pattern order by ${order}`)
}

const redemptionsOf = (sql: postgres.Sql) => sql`
  insert into redemptions (jti, use, request, audience, redeemed_at, signature)
  select past.jti, 1, past.request, pattern.audience, pattern.issued_at + 1, repeat('s', 86)
  from past, (select * from tokens limit 1) as pattern order by past.jti`
