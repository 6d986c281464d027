/** Webhooks: sending a test to all, and sending one delivery again. Adding is in change-script.ts. */

import { renewContent, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'

async function send(path: string, done: string): Promise<void> {
  const reply = await call('POST', path)
  if (reply.ok) await renewContent()
  say(document, reply.ok ? done : reply.message, reply.ok ? 'plain' : 'bad')
}

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>('button') : null
  const { replay, test } = button?.dataset ?? {}
  if (replay !== undefined) void send(`/deliveries/${replay}/replay`, 'It is being sent again.')
  if (test !== undefined) void send('/webhooks/test', 'The test is being sent.')
})
