/** One question before something that cannot be taken back. */
import { find } from './dom.ts'

/** Resolves to whether the person said yes; Escape and the other button mean no. */
export function confirmRevocation(
  label: string,
  { takes, last = false }: { readonly takes?: string; readonly last?: boolean } = {},
): Promise<boolean> {
  const dialog = find(document, '[data-confirm]', HTMLDialogElement)
  find(dialog, '[data-confirm-label]', HTMLElement).textContent = label
  const warning = dialog.querySelector<HTMLElement>('[data-confirm-last]')
  if (warning) warning.hidden = !last
  const along = dialog.querySelector('[data-confirm-takes]')
  if (along) along.textContent = takes ?? ''
  dialog.returnValue = ''
  find(dialog, '[data-cancel]', HTMLButtonElement).onclick = () => dialog.close()
  find(dialog, '[data-confirm-yes]', HTMLButtonElement).onclick = () => dialog.close('yes')
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}
