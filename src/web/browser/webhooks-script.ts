/** Webhooks: sending a test to all, and sending one delivery again. Adding is in change-script.ts. */
import { onClick, renewContent, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'

async function send(path: string, done: string): Promise<void> {
  const reply = await call('POST', path)
  if (reply.ok) await renewContent()
  say(document, reply.ok ? done : reply.message, reply.ok ? 'plain' : 'bad')
}

onClick('[data-replay]', ({ dataset }) => send(`/deliveries/${dataset['replay']}/replay`, 'It is being sent again.'))
onClick('[data-test]', () => send('/webhooks/test', 'The test is being sent.'))
