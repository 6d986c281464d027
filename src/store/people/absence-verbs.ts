/**
 * Absences. One is stated at a time, so that two cannot make a cycle between them. Both people and the passkey are
 * locked, so that nobody becomes a deputy while losing the right to be one. SPEC 10.11.
 */
import { sql } from 'drizzle-orm'
import type { Absence } from '../../domain/identity/absence.ts'
import type { AbsenceStore } from '../contract/absence-store.ts'
import { type Database, isDuplicate, type Runner } from '../driver/database.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import { absences, approvers, passkeys } from '../schema/tables.ts'
import { announce, entryRows, ifDecided, insertEntries } from '../sql/entry-rows.ts'
import { mayAnswer } from '../sql/membership.ts'

const given = sql.placeholder
const now = sql`${given('now')}::bigint`
const isOpen = sql`${absences.endedAt} IS NULL`

const takeTurn = statement(sql`SELECT pg_advisory_xact_lock(hashtextextended('countersign/absences', 0))`)

const [approver, deputy] = [sql`${given('absence.approver')}::text`, sql`${given('absence.deputy')}::text`]
const [from, until] = [sql`${given('absence.fromAt')}::bigint`, sql`${given('absence.untilAt')}::bigint`]

const next = sql.identifier('next')

// A link of the chain: an absence with a deputy that overlaps with all links before it.
const leadsBack = statement<{ yes: boolean }>(sql`
  WITH RECURSIVE links AS (
    SELECT ${deputy} AS deputy, ${from} AS from_at, ${until} AS until_at
    UNION SELECT ${next}.deputy, greatest(${next}.from_at, links.from_at), least(${next}.until_at, links.until_at)
    FROM links JOIN ${absences} AS ${next} ON ${next}.approver = links.deputy
    WHERE links.deputy <> ${approver} AND ${next}.ended_at IS NULL
      AND ${next}.from_at < links.until_at AND ${next}.until_at > links.from_at
  )
  SELECT EXISTS (SELECT FROM links WHERE deputy = ${approver}) AS "yes"`)

const state = statement(sql`
  WITH people AS (SELECT id FROM ${approvers} WHERE id IN (${approver}, ${deputy}) AND ${mayAnswer} FOR SHARE),
  signed AS (
    UPDATE ${passkeys} SET counter = greatest(counter, ${given('counter')}::bigint),
      last_used_at = ${given('absence.statedAt')}::bigint
    WHERE credential_id = ${given('credentialId')} AND approver = ${approver} AND revoked_at IS NULL
      AND EXISTS (SELECT FROM people WHERE id = ${approver})
      AND (${deputy} IS NULL OR EXISTS (SELECT FROM people WHERE id = ${deputy}))
    RETURNING 1
  ),
  decided AS (${insert(absences, placeholders(absences, 'absence'), sql`FROM signed`)} RETURNING id),
  written AS (${insertEntries(ifDecided)})
  SELECT id, ${announce(sql`'inbox'`)} FROM decided`)

type Stated = Parameters<AbsenceStore['stateAbsence']>[0]
type Verdict = Awaited<ReturnType<AbsenceStore['stateAbsence']>>['verdict']

async function stateInTurn(runner: Runner, { entry, ...stated }: Stated): Promise<Verdict> {
  await runner.run(takeTurn)
  if ((await runner.run(leadsBack, stated))[0]?.yes === true) return 'cycle'
  return (await runner.run(state, { ...stated, entries: entryRows([entry]) })).length > 0 ? 'stated' : 'gone'
}

async function stateAbsence(database: Database, stated: Stated): ReturnType<AbsenceStore['stateAbsence']> {
  try {
    return { verdict: await database.transaction((transaction) => stateInTurn(transaction, stated)) }
  } catch (error) {
    if (isDuplicate(error, 'absences_one_open')) return { verdict: 'exists' }
    throw error
  }
}

const byId = statement<Absence>(sql`SELECT ${fields(absences)} FROM ${absences} WHERE ${absences.id} = ${given('id')}`)
const at = statement<Absence>(sql`SELECT ${fields(absences)} FROM ${absences}
  WHERE ${absences.approver} = ${given('approver')} AND ${absences.deputy} = ${given('deputy')}
    AND ${absences.fromAt} <= ${given('at')}::bigint AND ${absences.untilAt} > ${given('at')}::bigint
    AND (${isOpen} OR ${absences.endedAt} > ${given('at')}::bigint)
  ORDER BY ${absences.fromAt} DESC LIMIT 1`)
const open = statement<Absence>(sql`SELECT ${fields(absences)} FROM ${absences}
  WHERE ${isOpen} AND ${absences.untilAt} > ${now} ORDER BY ${absences.fromAt}, ${absences.id}`)
export const isOverdueAbsence = sql`${isOpen} AND ${absences.untilAt} <= ${now}`
const overdue = statement<Absence>(sql`SELECT ${fields(absences)} FROM ${absences}
  WHERE ${isOverdueAbsence} ORDER BY ${absences.untilAt} LIMIT 200`)

const end = statement(sql`
  WITH decided AS (UPDATE ${absences} SET ended_at = ${given('at')}::bigint
    WHERE id = ${given('id')} AND ended_at IS NULL RETURNING id),
  written AS (${insertEntries(ifDecided)})
  SELECT id, ${announce(sql`'inbox'`)} FROM decided`)

const endOfPerson = statement<Absence>(sql`UPDATE ${absences} SET ended_at = ${given('at')}::bigint
  WHERE ended_at IS NULL AND (approver = ${given('person')} OR deputy = ${given('person')}) RETURNING ${fields(absences)}`)

/** With the rights of a person end their own absence, and those in which they are the deputy. */
export const endAbsencesOf = (runner: Runner, person: string, at: number): Promise<readonly Absence[]> =>
  runner.run(endOfPerson, { person, at })

export const absenceVerbs = (database: Database): AbsenceStore => ({
  stateAbsence: (stated) => stateAbsence(database, stated),
  absence: async (id) => (await database.run(byId, { id }))[0],
  absenceAt: async (moment) => (await database.run(at, moment))[0],
  openAbsences: (now) => database.run(open, { now }),
  overdueAbsences: (now) => database.run(overdue, { now }),
  endAbsence: async ({ entry, ...ended }) =>
    (await database.run(end, { ...ended, entries: entryRows([entry]) })).length > 0,
})
