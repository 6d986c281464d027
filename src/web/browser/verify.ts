/** A trace: every entry of the story is proven in this browser, one after the other, and says how that went. */
import type { NoteKey } from '@countersign/verifier/proof'
import { fetchCheckpoint, fetchLogKey, fetchTrace, proveEntry, type ServedEntry } from './_log.ts'
import { find, say } from './_page.ts'

const main = find(document, 'main', HTMLElement)
const button = find(main, '[data-verify]', HTMLButtonElement)
const steps = [...main.querySelectorAll<HTMLElement>('[data-index]')]

button.addEventListener('click', async () => {
  if (button.ariaDisabled) return
  button.ariaDisabled = 'true'
  say(main, 'Checking…')
  for (const step of steps) clear(step)
  try {
    await verifyAll()
  } catch (error) {
    say(main, `NOT verified: ${reasonOf(error)}`, 'bad')
  }
  button.ariaDisabled = null
})

async function verifyAll(): Promise<void> {
  const { key, text } = await fetchLogKey()
  showKey(text)
  const checkpoint = await fetchCheckpoint(key)
  const served = await fetchTrace(main.dataset['trace'] ?? '')
  let failed = 0
  for (const step of steps) failed += await verifyStep(step, served, key)
  const missing = served.filter(({ index }) => !steps.some((step) => Number(step.dataset['index']) === index)).length
  const all = `${steps.length} ${steps.length === 1 ? 'entry' : 'entries'}`
  if (failed > 0) return say(main, `${failed} of ${all} NOT verified. Keep this page and tell another auditor.`, 'bad')
  const grown = missing > 0 ? ` ${missing} more came since: reload to see.` : ''
  say(main, `All ${all} verified in this browser, in a log of ${checkpoint.size}.${grown}`)
}

/** 0 where the entry is proven, else 1. */
async function verifyStep(step: HTMLElement, served: readonly ServedEntry[], key: NoteKey): Promise<0 | 1> {
  try {
    const entry = served.find(({ index }) => String(index) === step.dataset['index'])
    if (!entry) throw new Error('The entry was not served')
    if (entry.leaf !== step.dataset['leaf']) throw new Error('This page was made from another entry')
    await proveEntry(entry, key)
    mark(step, 'verified', 'ok')
    showExact(step, entry)
    return 0
  } catch (error) {
    mark(step, `NOT verified: ${reasonOf(error)}`, 'no')
    return 1
  }
}

function clear(step: HTMLElement): void {
  mark(step, '', '')
  find(step, '[data-exact]', HTMLElement).hidden = true
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'it cannot be read')

function mark(step: HTMLElement, text: string, tone: 'ok' | 'no' | ''): void {
  const verdict = find(step, '[data-verdict]', HTMLElement)
  verdict.textContent = text
  verdict.className = text === '' ? 'verdict-here' : `verdict-here pill ${tone}`
}

/** The words of the page are the server's; these bytes are the log's. */
function showExact(step: HTMLElement, { entry }: ServedEntry): void {
  find(step, 'pre', HTMLElement).textContent = JSON.stringify(entry, null, 2)
  find(step, '[data-exact]', HTMLElement).hidden = false
}

function showKey(text: string): void {
  const place = find(main, '[data-key]', HTMLElement)
  place.textContent = `Checked with the log’s key as this server names it: ${text}. Compare it with the one you keep.`
  place.hidden = false
}
