/** One's own passkeys: adding one with the consent of another, and revoking one. */
import { call } from './parts/api.ts'
import { confirmRevocation } from './parts/confirm.ts'
import { announce, find, renewContent, say } from './parts/dom.ts'
import { askForPasskey, type CreationOptions, makePasskey, type RequestOptions } from './parts/passkey-gesture.ts'

interface AddOptions {
  readonly options: { readonly creation: CreationOptions; readonly request: RequestOptions }
}

const tell = (text: string, tone?: 'bad') => say(document, text, tone)

async function add(form: HTMLFormElement): Promise<string | undefined> {
  const label = find(form, '#label', HTMLInputElement).value.trim()
  tell('First, confirm with a passkey you already have…')
  const offer = await call<AddOptions>('POST', '/passkeys/options', { body: label ? { label } : {} })
  if (!offer.ok) return offer.message
  const existing = await askForPasskey(offer.value.options.request)
  if (!existing.ok) return existing.message
  tell('Now make the new passkey…')
  const created = await makePasskey(offer.value.options.creation)
  if (!created.ok) return created.message
  const body = { assertion: existing.value, registration: created.value }
  const reply = await call('POST', '/passkeys', { body })
  return reply.ok ? undefined : reply.message
}

async function revoke(button: HTMLElement): Promise<string | undefined> {
  const { revoke: id = '', label = '', last } = button.dataset
  if (!(await confirmRevocation(label, { last: last !== undefined }))) return ''
  const reply = await call('DELETE', `/passkeys/${encodeURIComponent(id)}`)
  return reply.ok ? undefined : reply.message
}

let busy = false
/** Runs one change at a time; an empty sentence means that nothing happened. */
async function change(attempt: () => Promise<string | undefined>, done: string): Promise<void> {
  if (busy) return
  busy = true
  const trouble = await attempt()
  busy = false
  if (trouble === undefined) {
    await renewContent()
    tell(done)
    announce(done)
  } else tell(trouble, 'bad')
}

document.addEventListener('submit', (event) => {
  if (!(event.target instanceof HTMLFormElement) || !event.target.hasAttribute('data-add')) return
  event.preventDefault()
  const form = event.target
  void change(() => add(form), 'The new passkey works from now on.')
})
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-revoke]') : null
  if (button) void change(() => revoke(button), 'Revoked. It no longer works.')
})
