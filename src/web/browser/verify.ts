/**
 * A trace: every entry of the story is proven in this browser, all one after the other or one alone, and says how that
 * went. Entries that wait for their proof get it when the log has come so far.
 */
import type { NoteKey } from '@countersign/verifier/proof'
import { announce, fetchPage, find, say, swap } from './parts/dom.ts'
import { followTail } from './parts/follow-tail.ts'
import { fetchCheckpoint, fetchLogKey, fetchTrace, proveEntry, type ServedEntry } from './parts/log-check.ts'

const main = find(document, 'main', HTMLElement)
const button = find(main, '[data-verify]', HTMLButtonElement)
const stepsNow = () => [...main.querySelectorAll<HTMLElement>('[data-index]')]
const unprovedNow = () => main.querySelectorAll('#told > li:not([data-index])').length

/** One at a time: what is busy says so, and a second click does nothing. */
async function busily(work: () => Promise<void>): Promise<void> {
  if (button.ariaDisabled) return
  button.ariaDisabled = 'true'
  say(main, 'Checking…')
  try {
    await work()
  } catch (error) {
    say(main, `NOT verified: ${reasonOf(error)}`, 'bad')
  }
  button.ariaDisabled = null
}

button.addEventListener('click', () => {
  const steps = stepsNow()
  for (const step of steps) clear(step)
  void busily(() => verify(steps))
})

main.addEventListener('click', ({ target }) => {
  const asked = target instanceof Element ? target.closest('[data-verify-one]') : null
  const step = asked?.closest('[data-index]')
  if (step instanceof HTMLElement) void busily(() => verify([step]))
})

async function verify(steps: readonly HTMLElement[]): Promise<void> {
  const { key, text } = await fetchLogKey()
  showKey(text)
  const checkpoint = await fetchCheckpoint(key)
  const served = await fetchTrace(main.dataset['trace'] ?? '', main.dataset['start'], Math.max(1, stepsNow().length))
  let failed = 0
  for (const step of steps) failed += await verifyStep(step, served, key)
  const what = steps.length === 1 ? `Entry ${steps[0]?.dataset['index']}` : `All ${steps.length} entries`
  if (failed > 0) {
    const some = steps.length === 1 ? what : `${failed} of ${steps.length} entries`
    return say(main, `${some} NOT verified. Keep this page and tell another auditor.`, 'bad')
  }
  say(main, `${what} verified in this browser, in a log of ${checkpoint.size}.`)
}

if (unprovedNow() > 0) followUntilProved()

function followUntilProved(): void {
  const after = Number(main.dataset['size']) - 1
  const heard = async () => {
    const renewed = (await fetchPage(location.pathname + location.search))?.querySelector('#told')
    const before = unprovedNow()
    if (!renewed) return
    swap(find(main, '#told', HTMLElement), renewed)
    if (unprovedNow() < before) announce('More entries can be proved now.')
    if (unprovedNow() === 0) stop()
  }
  const query = `trace=${main.dataset['trace'] ?? ''}`
  const stop = followTail(query, after < 0 ? undefined : String(after), { heard, connected: () => {} })
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
