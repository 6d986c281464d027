/**
 * Renders the parts of a page one after another, so that other calls are served between them.
 *
 * In: parts. Out: the same, in their order. However many pages are rendered at once, each part has a turn of the event
 * loop to itself.
 */
import { useContext } from 'hono/jsx'
import type { JSX } from 'hono/jsx/jsx-runtime'
import { raw } from 'hono/utils/html'
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

let turns: Promise<unknown> = Promise.resolve()

function nextTurn(): Promise<unknown> {
  turns = turns.then(() => new Promise((resolve) => setTimeout(resolve, 0)))
  return turns
}
