/**
 * Keeps revisions, and carries a signed one out in one transaction: the former request, which still has to wait, ends;
 * the changed one takes its place and gets its first consent. Whatever fails takes all of it back. SPEC 5.2.
 */
import { sql } from 'drizzle-orm'
import type { RevisionStore, RevisionVerdict, SealedRevision, SignedRevision } from '../contract/revision-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { insert, placeholders, statement } from '../driver/sql-statement.ts'
import { requests, revisions } from '../schema/tables.ts'
import { announce, entryRows, ifDecided, insertEntries, insertResultNotices } from '../sql/entry-rows.ts'
import { notStopped, storedRequest } from '../sql/stop-condition.ts'
import { holdConsenter, holdRequests, recordHeld } from './consent-verbs.ts'
import { OutdatedHistory } from './history-verbs.ts'
import { type OpenedRow, openWithin } from './open-request.ts'

const given = sql.placeholder

const keep = statement(sql`${insert(revisions, placeholders(revisions))}
  ON CONFLICT (former, approver) DO UPDATE SET revised = excluded.revised, expires_at = excluded.expires_at`)

const ofPerson = statement<{ revised: SealedRevision }>(sql`SELECT ${revisions.revised} AS "revised" FROM ${revisions}
  WHERE ${revisions.former} = ${given('former')} AND ${revisions.approver} = ${given('approver')}
    AND ${revisions.expiresAt} > ${given('now')}::bigint`)

const waits = sql`state = 'pending' AND expires_at > ${given('now')}::bigint`

const end = statement(sql`
  WITH decided AS (
    UPDATE ${requests} SET state = 'changed', decided_at = ${given('now')}::bigint
    WHERE id = ${given('former')} AND ${waits} AND ${notStopped(storedRequest)} RETURNING id
  ),
  forgotten AS (DELETE FROM ${revisions} WHERE former IN (SELECT id FROM decided)),
  noticed AS (${insertResultNotices('request.changed', sql`id`)}),
  written AS (${insertEntries(ifDecided)})
  SELECT id, ${announce(sql`'request:' || id`)}, ${announce(sql`'inbox'`)} FROM decided`)

const stillWaits = statement<{ waits: boolean }>(
  sql`SELECT ${waits} AS "waits" FROM ${requests} WHERE id = ${given('former')}`,
)

/** Thrown to take a change back. */
class TakenBack extends Error {
  readonly verdict: Exclude<RevisionVerdict['verdict'], 'changed'>
  constructor(verdict: TakenBack['verdict']) {
    super(verdict)
    this.verdict = verdict
  }
}

async function change(transaction: Runner, { former, entry, open, gesture, given: consent }: SignedRevision) {
  const { now } = gesture
  const endFormer = async () => {
    const [, , ended] = await Promise.all([
      holdConsenter(transaction, gesture),
      transaction.run(holdRequests, { requests: [former] }),
      transaction.run(end, { former, now, entries: entryRows([entry]) }),
    ])
    return ended.length > 0
  }
  const row = await openWithin(transaction, open, endFormer)
  if (row === 'repeated') {
    const [seen] = await transaction.run(stillWaits, { former, now })
    throw new TakenBack(seen?.waits ? 'killed' : 'too_late')
  }
  if (row.id === null) throw new TakenBack(whyNotOpened(row))
  const [verdict] = await recordHeld(transaction, [consent], gesture)
  if (verdict?.verdict !== 'recorded') throw new TakenBack(verdict?.verdict === 'killed' ? 'killed' : 'useless')
  return { verdict: 'changed', approved: verdict.approved } as const
}

function whyNotOpened({ free, current, agentHasRoom }: OpenedRow) {
  if (!free) return 'killed'
  if (!current) return 'stale_policy'
  return agentHasRoom ? 'group_limit' : 'agent_limit'
}

export const revisionVerbs = (database: Database): RevisionStore => ({
  async keepRevision(revision) {
    await database.run(keep, { ...revision })
  },
  revision: async (of) => (await database.run(ofPerson, { ...of }))[0]?.revised,
  async changeRequest(signed) {
    try {
      return await database.transaction((transaction) => change(transaction, signed))
    } catch (error) {
      if (error instanceof TakenBack) return { verdict: error.verdict }
      if (error instanceof OutdatedHistory) return { verdict: 'outdated_history' }
      throw error
    }
  },
})
