/**
 * Buttons that revoke: one question, one call, the page as it is afterwards.
 *
 * In: clicks on `[data-revoke]`, the path of the endpoint. Out: the page's content renewed, or why it could not be done.
 */
import { call } from './api.ts'
import { confirmRevocation } from './confirm.ts'
import { announce, renewContent, say } from './dom.ts'

async function revoke({ dataset }: HTMLElement): Promise<void> {
  const { revoke: path = '', label = '', takes = '' } = dataset
  if (!(await confirmRevocation(label, { takes }))) return
  const reply = await call('DELETE', path)
  if (!reply.ok) return say(document, reply.message, 'bad')
  await renewContent()
  announce(`${label} is revoked.`)
}

export function listenForRevocations(): void {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-revoke]') : null
    if (button) void revoke(button)
  })
}
