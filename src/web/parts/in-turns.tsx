/**
 * Renders the parts of a page one after another, so that other calls are served between them.
 *
 * In: parts. Out: the same, in their order. However many pages are rendered at once, each part has a turn of the event
 * loop to itself.
 */
import { useContext } from 'hono/jsx'
import type { JSX } from 'hono/jsx/jsx-runtime'
import { raw } from 'hono/utils/html'
import { othersTurn } from '../../domain/turns.ts'
import { Budget } from './page-budget.ts'

/** The parts take from the budget of their page in their order. */
export async function InTurns({ parts }: { parts: Iterable<JSX.Element> }) {
  const budget = useContext(Budget)
  const rendered = []
  for (const part of parts) {
    await nextTurn()
    rendered.push(raw(await (<Budget.Provider value={budget}>{part}</Budget.Provider>).toString()))
  }
  return <>{rendered}</>
}

const ROWS_A_TURN = 20

/** Rows of a list, some at a time. */
export const RowsInTurns = ({ rows }: { rows: readonly JSX.Element[] }) => (
  <InTurns
    parts={Array.from({ length: Math.ceil(rows.length / ROWS_A_TURN) }, (_, at) => (
      <>{rows.slice(at * ROWS_A_TURN, (at + 1) * ROWS_A_TURN)}</>
    ))}
  />
)

let turns: Promise<unknown> = Promise.resolve()

function nextTurn(): Promise<unknown> {
  turns = turns.then(othersTurn)
  return turns
}
