/** The conditions that a filter sets, but for its period. SPEC 8.2. */
import { sql } from 'drizzle-orm'
import { type WantedFact, wantedAction, wantedFacts, wantedText } from '../../domain/ledger/entry-facts.ts'
import type { EntryFilter } from '../../domain/ledger/entry-filter.ts'
import type { Runner } from '../driver/database.ts'
import { statement } from '../driver/sql-statement.ts'
import { entries, leaves, requests, tokens } from '../schema/tables.ts'
import { among } from '../sql/among.ts'
import { traceOf } from '../sql/request-fields.ts'
import type { Reach } from './fact-index.ts'
import { type Condition, MOST_UNINDEXED, matching } from './match-places.ts'

const given = sql.placeholder

const ofTraces = statement<{ index: number }>(sql`
  SELECT ${leaves.index} AS "index" FROM ${entries} JOIN ${leaves} ON ${leaves.entry} = ${entries.id}
  WHERE ${among(entries.trace, 'traces', 'uuid')}`)

const traceOfLeaf = statement<{ trace: string }>(sql`
  SELECT ${entries.trace} AS "trace" FROM ${leaves} JOIN ${entries} ON ${entries.id} = ${leaves.entry}
  WHERE ${leaves.index} = ${given('index')}::bigint`)

const tracesOfId = statement<{ trace: string }>(sql`
  SELECT ${requests.trace} AS "trace" FROM ${tokens} JOIN ${requests} ON ${requests.id} = ${tokens.request}
  WHERE ${tokens.jti} = ${given('text')} UNION ALL SELECT ${traceOf(sql`${given('text')}::text`)}`)

async function indexesOf(runner: Runner, traces: readonly string[]): Promise<readonly number[]> {
  return traces.length === 0 ? [] : (await runner.run(ofTraces, { traces })).map(({ index }) => index)
}

export async function conditionsOf(runner: Runner, reach: Reach, filter: EntryFilter): Promise<readonly Condition[]> {
  const { trace, action, text } = filter
  const ofTrace = async (traces: readonly string[], fact: WantedFact | null = null): Promise<Condition> => ({
    fact,
    indexes: await indexesOf(runner, traces),
  })
  return [
    ...(trace === undefined ? [] : [await ofTrace([trace])]),
    ...(action === undefined ? [] : [await ofTrace(await tracesOfAction(runner, reach, action))]),
    ...(text === undefined ? [] : [await ofTrace(await tracesNamed(runner, text), wantedText(text))]),
    ...wantedFacts(filter).map((fact) => ({ fact, indexes: [] })),
  ]
}

/** The trace of the request with this action. */
async function tracesOfAction(runner: Runner, reach: Reach, digest: string): Promise<readonly string[]> {
  const conditions = [{ fact: wantedAction(digest), indexes: [] }]
  const span = { first: 0, last: Math.min(reach.size, reach.indexed + MOST_UNINDEXED) - 1 }
  const search = { runner, conditions, order: 'newest', reach, withTexts: false } as const
  for await (const [index] of matching(search, span))
    if (index !== undefined) return (await runner.run(traceOfLeaf, { index })).map(({ trace }) => trace)
  return []
}

/** The traces that `text` may name: by its own id, or by that of its request or token. */
async function tracesNamed(runner: Runner, text: string): Promise<readonly string[]> {
  if (/^[0-9a-f]{32}$/.test(text)) return [text]
  if (!/^[\w-]{22}$/.test(text)) return []
  return (await runner.run(tracesOfId, { text })).map(({ trace }) => trace)
}
