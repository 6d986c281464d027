/** The page of a changed call: signs it, or denies the request; then the page of the request shows what became of it. */
import { find, onClick, oneAtATime, say } from './parts/dom.ts'
import { watchEnd } from './parts/more-below.ts'
import { approve, deny } from './parts/send-answer.ts'

const main = find(document, 'main[data-approval]', HTMLElement)

/** The request that has the answer: the changed one, or the one that was denied. */
const idIn = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : (main.dataset['approval'] ?? '')

async function answer(give: typeof approve | typeof deny): Promise<void> {
  const reply = await give(main)
  if (!reply.ok) return say(main, reply.message, 'bad')
  location.assign(`/approve/${idIn(reply.value)}`)
}

onClick('[data-approve]', () => oneAtATime(() => answer(approve)))
onClick('[data-deny]', () => oneAtATime(() => answer(deny)))
watchEnd()
