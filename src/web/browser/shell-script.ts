/** Every page: the clocks, the buttons that revoke after one question, signing out. */
import { announce, find, onClick, renewContent, say } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'
import { startClock } from './parts/server-clock.ts'

/** Resolves to true when the person confirms; Escape and Cancel mean no. */
function confirm({ label = '', consequence = '', verb = '' }: DOMStringMap): Promise<boolean> {
  const dialog = find(document, '[data-confirm]', HTMLDialogElement)
  const yes = find(dialog, '[data-confirm-yes]', HTMLButtonElement)
  find(dialog, '[data-confirm-label]', HTMLElement).textContent = label
  find(dialog, '[data-confirm-consequence]', HTMLElement).textContent = consequence
  find(dialog, '[data-confirm-verb]', HTMLElement).textContent = verb
  yes.textContent = verb
  dialog.returnValue = ''
  find(dialog, '[data-cancel]', HTMLButtonElement).onclick = () => dialog.close()
  yes.onclick = () => dialog.close('yes')
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}

/** What was done, by the verb on the button. */
const DONE: Readonly<Record<string, string>> = {
  Revoke: 'revoked',
  Remove: 'removed',
  End: 'ended',
  'End all': 'ended',
  Suspend: 'suspended',
  Withdraw: 'withdrawn',
}

async function revoke({ dataset }: HTMLElement): Promise<void> {
  const { revoke: path = '', label = '', verb = '' } = dataset
  if (!(await confirm(dataset))) return
  const reply = await call('DELETE', path)
  if (!reply.ok) return say(document, reply.message, 'bad')
  await renewContent()
  announce(`${label}: ${DONE[verb] ?? 'done'}.`)
}

async function acknowledge(button: HTMLElement): Promise<void> {
  const reply = await call('POST', button.dataset['acknowledge'] ?? '')
  if (!reply.ok) return button.insertAdjacentText('afterend', ` ${reply.message}`)
  location.reload()
}

async function signOut(): Promise<void> {
  const reply = await call('DELETE', '/session')
  if (reply.ok || reply.code === 'unauthenticated') location.assign('/sign-in')
}

startClock()
onClick('[data-revoke]', revoke)
onClick('[data-acknowledge]', acknowledge)
onClick('[data-sign-out]', signOut)
