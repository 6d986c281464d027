/** Stating an absence, with a passkey. Ending one is in shell-script.ts. */
import { announce, oneAtATime, onSubmit, renewContent, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'
import { textOf } from './parts/form-text.ts'
import { askForPasskey, type RequestOptions } from './parts/passkey-gesture.ts'

/** Fields take the times of the device, and name its time zone. */
function nameZone(): void {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  for (const zone of document.querySelectorAll('[data-zone]')) zone.textContent = timeZone
  const local = Date.now() - new Date().getTimezoneOffset() * 60_000
  for (const until of document.querySelectorAll<HTMLInputElement>('#until'))
    until.min = new Date(local).toISOString().slice(0, 16)
}
nameZone()

/** Epoch seconds of a field; undefined where it is empty. */
function instantIn(data: FormData, name: string): number | undefined {
  const text = textOf(data, name)
  return text === '' ? undefined : Math.floor(Date.parse(text) / 1000)
}

async function state(form: HTMLFormElement): Promise<string | undefined> {
  const data = new FormData(form)
  const [from, until, deputy] = [instantIn(data, 'from'), instantIn(data, 'until'), textOf(data, 'deputy')]
  if (until === undefined) return 'Enter until when you are away.'
  const body = { until, ...(from === undefined ? {} : { from }), ...(deputy === '' ? {} : { deputy }) }
  const offered = await call<{ options: RequestOptions }>('POST', '/absence/options', { body })
  if (!offered.ok) return offered.message
  say(form, 'Confirm with your passkey…')
  const gesture = await askForPasskey(offered.value.options)
  if (!gesture.ok) return gesture.message
  const reply = await call('POST', '/absence', { body: { assertion: gesture.value } })
  return reply.ok ? undefined : reply.message
}

async function stateAndTell(form: HTMLFormElement): Promise<void> {
  const failure = await state(form)
  if (failure) return say(form, failure, 'bad')
  await renewContent()
  nameZone()
  announce('Your absence is stated.')
}

onSubmit('[data-absence]', (form) => oneAtATime(() => stateAndTell(form)))
