/**
 * The ledger: the checkpoint's signature is checked here, against the size and root that the page shows; the list follows
 * the tail; exports show how far they have come.
 */
import { encodeBase64 } from '@countersign/verifier/proof'
import { find } from './parts/dom.ts'
import { exportWithProgress } from './parts/export.ts'
import { followList } from './parts/live-list.ts'
import { fetchCheckpoint, fetchLogKey } from './parts/log-check.ts'

const shown = document.querySelector('[data-checkpoint]')
if (shown instanceof HTMLElement) void check(shown)

const bar = document.querySelector('[data-follow]')
if (bar instanceof HTMLElement) followList(bar)

const exports = document.querySelector('.exports')
if (exports instanceof HTMLElement) exportWithProgress(exports)

async function check(pill: HTMLElement): Promise<void> {
  try {
    const { key } = await fetchLogKey()
    const { size, root } = await fetchCheckpoint(key)
    const same = encodeBase64(root) === pill.dataset['checkpoint']
    // The log may have grown since; then the page's own is an older one.
    if (!same && size <= Number(pill.dataset['size'])) throw new Error('The page shows another checkpoint')
    say(pill, same ? 'signature verified in this browser' : 'verified; the log has grown since', 'ok')
  } catch {
    say(pill, 'NOT verified in this browser', 'no')
  }
}

function say(pill: HTMLElement, text: string, tone: 'ok' | 'no'): void {
  pill.classList.add(tone)
  pill.textContent = text
  find(document, 'main', HTMLElement).dataset['checked'] = tone
}
