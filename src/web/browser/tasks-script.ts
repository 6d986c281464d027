/** Opening a session of an agent, with a passkey. Ending one is in shell-script.ts. */
import { announce, oneAtATime, onSubmit, renewContent, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'
import { textOf } from './parts/form-text.ts'
import { askForPasskey, type RequestOptions } from './parts/passkey-gesture.ts'

async function open(form: HTMLFormElement): Promise<string | undefined> {
  const data = new FormData(form)
  const [agent, purpose] = [textOf(data, 'agent'), textOf(data, 'purpose')]
  if (!agent) return 'Choose an agent.'
  if (!purpose) return 'Enter what the agent is to do.'
  const path = `/agents/${encodeURIComponent(agent)}/session`
  const body = { purpose, minutes: Number(textOf(data, 'minutes')) }
  const offered = await call<{ options: RequestOptions }>('POST', `${path}/options`, { body })
  if (!offered.ok) return offered.message
  say(form, 'Confirm with your passkey…')
  const gesture = await askForPasskey(offered.value.options)
  if (!gesture.ok) return gesture.message
  const reply = await call('POST', path, { body: { assertion: gesture.value } })
  return reply.ok ? undefined : reply.message
}

async function openAndTell(form: HTMLFormElement): Promise<void> {
  const failure = await open(form)
  if (failure) return say(form, failure, 'bad')
  await renewContent()
  announce('The agent may propose now.')
}

onSubmit('[data-task]', (form) => oneAtATime(() => openAndTell(form)))
