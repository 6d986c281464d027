/** The page of an observed draft: ends the observation. */
import { oneAtATime, onSubmit, renewContent, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'

onSubmit('[data-stop-observing]', (form) => void oneAtATime(() => stop(form)))

async function stop(form: HTMLFormElement): Promise<void> {
  const reply = await call('POST', `/policy/observations/${form.dataset['stopObserving'] ?? ''}/stop`)
  if (!reply.ok) return say(form, reply.message, 'bad')
  await renewContent()
}
