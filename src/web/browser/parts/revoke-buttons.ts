/**
 * Buttons that revoke: one question, one call, then the page is fetched again.
 *
 * In: clicks on `[data-revoke]`, which holds the endpoint's path. Out: the new content, or the reason for a failure.
 */

import { announce, find, renewContent, say } from './dom.ts'
import { call } from './fetch-json.ts'

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

async function revoke({ dataset }: HTMLElement): Promise<void> {
  const { revoke: path = '', label = '', verb = '' } = dataset
  if (!(await confirm(dataset))) return
  const reply = await call('DELETE', path)
  if (!reply.ok) return say(document, reply.message, 'bad')
  await renewContent()
  announce(`${label}: ${verb.toLowerCase()}d.`)
}

export function listenForRevocations(): void {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-revoke]') : null
    if (button) void revoke(button)
  })
}
