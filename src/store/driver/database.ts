/**
 * The little that the store asks of a database, the same for PostgreSQL and PGlite.
 *
 * In: a `Driver`, which speaks to one of them. Out: a `Database` that runs compiled statements, tries again what lost a
 * race with another transaction, and says `StoreUnavailable` for a database that is away.
 * Any other error is a bug, or a conflict that the verb foresees, and passes as it is. SPEC 13.
 */

import { StoreUnavailable } from '../../domain/refusal.ts'
import type { Candidacy } from '../contract/log-store.ts'
import { bind, type Statement, type Values } from './sql-statement.ts'

export type Query = <Row>(text: string, values: unknown[]) => Promise<readonly Row[]>

/** `transaction` commits when `work` resolves and rolls back when it throws. */
export interface Driver {
  readonly query: Query
  readonly transaction: <T>(work: (query: Query) => Promise<T>) => Promise<T>
  readonly listen: (listener: (topic: string) => void) => Promise<() => Promise<void>>
  readonly candidacy: (office: string) => Candidacy
  readonly inTurn: (office: string, work: () => Promise<void>) => Promise<boolean>
  readonly close: () => Promise<void>
}

/** Runs statements: each on its own, or all within one transaction. */
export interface Runner {
  run<Row>(statement: Statement<Row>, values?: Values): Promise<readonly Row[]>
}

export interface Database extends Runner {
  /** `work` may be called again after a lost race, so it changes nothing but the database. */
  transaction<T>(work: (transaction: Runner) => Promise<T>): Promise<T>
  listen(listener: (topic: string) => void): Promise<() => Promise<void>>
  /** Standing for an office that one session of the whole database can hold at a time. */
  candidacy(office: string): Candidacy
  /** Runs `work`, which has the database to itself no more than ever, unless somebody holds the office; false then. */
  inTurn(office: string, work: () => Promise<void>): Promise<boolean>
  close(): Promise<void>
}

/** The channel of `pg_notify`. */
export const CHANNEL = 'countersign'

/** Heard after a listener was cut off and is back: anything may have been announced meanwhile. */
export const MISSED = '*'

export function createDatabase(driver: Driver): Database {
  return {
    run: (statement, values) => persistently(() => runner(driver.query).run(statement, values)),
    transaction: (work) => persistently(() => driver.transaction((query) => work(runner(query)))),
    listen: (listener) => persistently(() => driver.listen(listener)),
    candidacy: driver.candidacy,
    inTurn: (office, work) => persistently(() => driver.inTurn(office, work)),
    close: driver.close,
  }
}

const runner = (query: Query): Runner => ({
  run: (statement, values = {}) => query(statement.text, bind(statement.parameters, values)),
})

const PAUSES_MS = [5, 20, 80, 200]

async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const pauseMs = PAUSES_MS[attempt]
      if (!(lostRace(error) || neverRun(error)) || pauseMs === undefined) throw translated(error)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

/** Serialization failure and deadlock: all was rolled back, and the next attempt can succeed. */
const lostRace = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error))

/**
 * A server that is ending a session says FATAL and hangs up. postgres.js reports the statement it ran as cut off, and
 * the FATAL to whichever comes next on a new connection, instead of running it; so that one can be tried again.
 */
const neverRun = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'severity' in error && error.severity === 'FATAL'

function translated(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error
  const code = codeOf(error)
  if (!UNAVAILABLE.test(code) && !lostRace(error)) return error
  return new StoreUnavailable(`The database is not available (${code}): try again`, { cause: error })
}

// SQLSTATE classes: connection, resources, operator intervention (time-outs, shutdown), system error, lock not
// available, no such database or user, read-only after a failover. Then what sockets and the drivers say.
const UNAVAILABLE =
  /^(08...|53...|57...|58...|55P03|3D000|28...|25006|25P03|CONNECT\w+|E(CONN\w+|PIPE|TIMEDOUT|NOTFOUND|HOSTUNREACH|NETUNREACH|AI_AGAIN)|CLOSED)$/

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** Whether a unique constraint refused the row; `constraint` by name where only that one is foreseen. */
export function isDuplicate(error: unknown, constraint?: string): boolean {
  if (codeOf(error) !== '23505' || typeof error !== 'object' || error === null) return false
  // The two drivers have different names for it.
  const named =
    'constraint_name' in error ? error.constraint_name : 'constraint' in error ? error.constraint : undefined
  return constraint === undefined || named === constraint
}
