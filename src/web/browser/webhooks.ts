/** Endpoints: a test to all of them, and sending something again. Adding and removing is administration.ts. */
import { call } from './parts/api.ts'
import { renewContent, say } from './parts/dom.ts'

async function ask(path: string, done: string): Promise<void> {
  const reply = await call('POST', path)
  if (reply.ok) await renewContent()
  say(document, reply.ok ? done : reply.message, reply.ok ? 'plain' : 'bad')
}

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>('button') : null
  const { replay, test } = button?.dataset ?? {}
  if (replay !== undefined) void ask(`/deliveries/${replay}/replay`, 'It is sent once more.')
  if (test !== undefined) void ask('/webhooks/test', 'The test is on its way.')
})
