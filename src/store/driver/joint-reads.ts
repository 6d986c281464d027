/**
 * Reads that are asked for in one turn of the event loop go to the database as one statement, and each comes back as a
 * JSON array. To send a statement and take in its answer costs the process and the database as much as several reads.
 *
 * For reads that are awaited together anyway, as those of one page: a locked table holds up all reads of its turn, and
 * none of another. Not for statements that write, nor for rows with bytes.
 */
import type { Database } from './database.ts'
import { type Gather, shared } from './gather.ts'
import type { Statement, Values } from './sql-statement.ts'
import { isTooSlow } from './unavailable.ts'

interface Read {
  readonly statement: Statement<unknown>
  readonly values: Values
}

type Rows = readonly unknown[]
/** The rows of each read, by its place. */
type Joint = Statement<Readonly<Record<string, Rows>>>

/**
 * A connection keeps each joint statement prepared for as long as it lives, so that one that was forgotten here would
 * stay there: none is. Further ones are sent read by read.
 */
const MOST_JOINTS = 100

/** Wrapped, so that each read of a turn ends by itself. */
interface Answer {
  readonly rows: Rows | Promise<Rows>
}

/**
 * `afterTurn` calls back once all that this turn asks for was asked. Where a joint statement fails, except for an absent
 * database, its reads are tried one by one, so that each has its own error; all at once where it took too long.
 */
export function readJointly(database: Database, afterTurn: Gather): Database {
  const jointOf = createJoints()
  const alone = ({ statement, values }: Read): Promise<Rows> => database.reads.run(statement, values)

  const apart = (reads: readonly Read[]): readonly Answer[] => reads.map((read) => ({ rows: alone(read) }))

  async function together(reads: readonly Read[]): Promise<readonly Answer[]> {
    const joint = reads.length > 1 ? jointOf(reads.map(({ statement }) => statement)) : undefined
    if (!joint) return apart(reads)
    try {
      const [rows] = await database.reads.run(joint, Object.fromEntries(reads.map(({ values }, at) => [at, values])))
      return reads.map((_, at) => ({ rows: rows?.[at] ?? [] }))
    } catch (error) {
      if (isTooSlow(error)) return apart(reads)
      throw error
    }
  }

  // Never the same statement twice: calls that wake together would make a joint of each number of calls.
  const read = shared(afterTurn, together, ({ statement }) => statement.text, Number.POSITIVE_INFINITY)
  return {
    ...database,
    run: async <Row>(statement: Statement<Row>, values: Values = {}) =>
      statement.isAlone
        ? database.run(statement, values)
        : ((await (
            await read({ statement, values })
          ).rows) as readonly Row[]),
  }
}

/** Joins the same statements once. */
function createJoints(): (statements: readonly Statement<unknown>[]) => Joint | undefined {
  const numbers = new Map<string, number>()
  const joints = new Map<string, Joint>()
  const numberOf = ({ text }: Statement<unknown>): number => {
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  return (statements) => {
    const key = statements.map(numberOf).join()
    if (!joints.has(key) && joints.size < MOST_JOINTS) joints.set(key, join(statements))
    return joints.get(key)
  }
}

/** The values of each statement become a record by its place. */
function join(statements: readonly Statement<unknown>[]): Joint {
  const parameters: (readonly [string, string])[] = []
  const columns = statements.map(({ text, parameters: own }, at) => {
    const before = parameters.length
    for (const [name, member] of own) {
      if (member !== undefined) throw new TypeError(`A joint read takes no record, such as ${name}`)
      parameters.push([String(at), name])
    }
    const moved = text.replace(/\$(\d+)/g, (_, number) => `$${Number(number) + before}`)
    return `(SELECT coalesce(json_agg(joint), '[]') FROM (${moved}) AS joint) AS "${at}"`
  })
  return { text: `SELECT ${columns.join(', ')}`, parameters }
}
