/**
 * The database interface of the store, the same for PostgreSQL and PGlite. It runs compiled statements, retries after a
 * lost race with another transaction, and throws `StoreUnavailable` when the database cannot be reached. Any other
 * error is a bug, or a conflict that the verb expects, and passes unchanged. SPEC 13.
 */
import type { Candidacy } from '../contract/log-store.ts'
import type { DatabaseUse } from '../contract/store.ts'
import { bind, type Statement, type Values } from './sql-statement.ts'
import { asUnavailable, codeOf } from './unavailable.ts'

export type Query = <Row>(text: string, values: unknown[]) => Promise<readonly Row[]>

/** Runs statements: each on its own, or all within one transaction. */
export interface Runner {
  run<Row>(statement: Statement<Row>, values?: Values): Promise<readonly Row[]>
}

/** A statement with its values. */
export type Bound<Row = unknown> = readonly [statement: Statement<Row>, values: Values]

export interface Database extends Runner {
  /** Runs what pages and answers read: it takes no connection from anything else, and its statements are planned once for each connection. */
  readonly reads: Runner
  /** `work` may run again after a lost race, so it must change nothing but the database. */
  transaction<T>(work: (transaction: Runner) => Promise<T>): Promise<T>
  /**
   * Runs a statement behind `locks`, which write nothing, in one transaction. It commits whatever they return, so that all
   * of them and the commit are sent at once.
   */
  runLocked<Row>(locks: readonly Bound[], last: Bound<Row>): Promise<readonly Row[]>
  listen(listener: (topic: string) => void): Promise<() => Promise<void>>
  /** A candidacy for an office that one session of the whole database holds at a time. */
  candidacy(office: string): Candidacy
  /** Runs `work` unless another session holds the office; false then. Gives no exclusive access to the database. */
  inTurn(office: string, work: () => Promise<void>): Promise<boolean>
  use(): DatabaseUse
  close(): Promise<void>
}

/** `at once`: `work` sends all of its statements before it waits for any, and the commit is sent behind them. */
export type Ending = 'when done' | 'at once'

/** `transaction` commits when `work` resolves and rolls back when it throws. */
interface Driver extends Omit<Database, 'run' | 'reads' | 'transaction' | 'runLocked' | 'use'> {
  readonly connections: number
  readonly query: Query
  /** Default: `query`. */
  readonly readQuery?: Query
  readonly transaction: <T>(work: (query: Query) => Promise<T>, ending?: Ending) => Promise<T>
  /** True for an error of an earlier statement, reported to one that was never run. */
  readonly neverRan: (error: unknown) => boolean
}

export const CHANNEL = 'countersign'

/** Announced to a listener that was cut off and is back: it may have missed any topic. */
export const MISSED = '*'

export function createDatabase(driver: Driver): Database {
  let underWay = 0
  const persistently = async <T>(work: () => Promise<T>) => {
    underWay += 1
    return withRetries(work, driver.neverRan).finally(() => {
      underWay -= 1
    })
  }
  const persistent = (query: Query): Runner => ({
    run: (statement, values) => persistently(() => runner(query).run(statement, values)),
  })
  return {
    ...persistent(driver.query),
    reads: persistent(driver.readQuery ?? driver.query),
    transaction: (work) => persistently(() => driver.transaction((query) => work(runner(query)))),
    runLocked: (locks, last) => persistently(() => runLocked(driver, locks, last)),
    listen: (listener) => persistently(() => driver.listen(listener)),
    candidacy: (office) => driver.candidacy(office),
    inTurn: (office, work) => persistently(() => driver.inTurn(office, work)),
    use: () => ({ underWay, connections: driver.connections }),
    close: () => driver.close(),
  }
}

const runner = (query: Query): Runner => ({
  run: (statement, values = {}) => query(statement.text, bind(statement.parameters, values)),
})

async function runLocked<Row>(
  { transaction }: Pick<Driver, 'transaction'>,
  locks: readonly Bound[],
  last: Bound<Row>,
): Promise<readonly Row[]> {
  // Values that cannot be sent are refused before anything is.
  const [held, [text, values]] = [locks.map(textAndValues), textAndValues(last)]
  return transaction(async (query) => {
    const holding = Promise.all(held.map((lock) => query(...lock)))
    const [rows] = await Promise.all([query<Row>(text, values), holding])
    return rows
  }, 'at once')
}

const textAndValues = ([{ text, parameters }, values]: Bound) => [text, bind(parameters, values)] as const

const PAUSES_MS = [5, 20, 80, 200]

async function withRetries<T>(work: () => Promise<T>, neverRan: Driver['neverRan']): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const pauseMs = PAUSES_MS[attempt]
      if (!(lostRace(error) || neverRan(error)) || pauseMs === undefined) throw asUnavailable(error)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

/** Serialization failure or deadlock: everything was rolled back, and the next attempt can succeed. */
const lostRace = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error))

/** True when a unique constraint refused the row; `constraint` names it where only that one is expected. */
export function isDuplicate(error: unknown, constraint?: string): boolean {
  if (codeOf(error) !== '23505' || typeof error !== 'object' || error === null) return false
  // The two drivers have different names for it.
  const named =
    'constraint_name' in error ? error.constraint_name : 'constraint' in error ? error.constraint : undefined
  return constraint === undefined || named === constraint
}
