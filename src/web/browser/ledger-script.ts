/** The ledger: verifies the checkpoint against the page, follows new entries, shows the progress of exports. */
import { encodeBase64 } from '@countersign/verifier/proof'
import { exportWithProgress } from './ledger/ledger-export.ts'
import { followList } from './ledger/live-list.ts'
import { fetchCheckpoint, fetchLogKey } from './ledger/log-check.ts'
import { find } from './parts/dom.ts'

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
    // The log may have grown since the page was rendered.
    if (!same && size <= Number(pill.dataset['size'])) throw new Error('The page shows another checkpoint')
    show(pill, same ? 'Signature verified in this browser' : 'Verified; the log has grown since', 'ok')
  } catch {
    show(pill, 'NOT verified in this browser', 'no')
  }
}

function show(pill: HTMLElement, text: string, tone: 'ok' | 'no'): void {
  pill.classList.add(tone)
  pill.textContent = text
  find(document, 'main', HTMLElement).dataset['checked'] = tone
}
