/**
 * A trace: verifies its entries in this browser, all or one. Those whose proof is pending update when the log covers
 * them.
 */
import type { NoteKey } from '@countersign/verifier/proof'
import { followTail } from './ledger/follow-tail.ts'
import { fetchCheckpoint, fetchLogKey, fetchTrace, proveEntry, type ServedEntry } from './ledger/log-check.ts'
import { announce, fetchPage, find, onClick, say, swap } from './parts/dom.ts'

const main = find(document, 'main', HTMLElement)
const button = find(main, '[data-verify]', HTMLButtonElement)
const stepsNow = () => [...main.querySelectorAll<HTMLElement>('[data-index]')]
const unprovedNow = () => main.querySelectorAll('#steps > li:not([data-index])').length

/** One verification at a time: a second click does nothing. */
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

onClick('[data-verify-one]', (asked) => {
  const step = asked.closest<HTMLElement>('[data-index]')
  if (step) void busily(() => verify([step]))
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
    return say(main, `${some} NOT verified. Keep this page and notify another auditor.`, 'bad')
  }
  say(main, `${what} verified in this browser, in a log of ${checkpoint.size}.`)
}

if (unprovedNow() > 0) followUntilProved()

function followUntilProved(): void {
  const after = Number(main.dataset['size']) - 1
  const heard = async () => {
    const renewed = (await fetchPage(location.pathname + location.search))?.querySelector('#steps')
    const before = unprovedNow()
    if (!renewed) return
    swap(find(main, '#steps', HTMLElement), renewed)
    if (unprovedNow() < before) announce('More entries can be verified now.')
    if (unprovedNow() === 0) stop()
  }
  const query = `trace=${main.dataset['trace'] ?? ''}`
  const stop = followTail(query, after < 0 ? undefined : String(after), { heard, connected: () => {} })
}

/** The number of failures: 0 or 1. */
async function verifyStep(step: HTMLElement, served: readonly ServedEntry[], key: NoteKey): Promise<0 | 1> {
  try {
    const entry = served.find(({ index }) => String(index) === step.dataset['index'])
    if (!entry) throw new Error('The server did not return the entry')
    if (entry.leaf !== step.dataset['leaf']) throw new Error('This page shows another entry')
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

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'it is unreadable')

function mark(step: HTMLElement, text: string, tone: 'ok' | 'no' | ''): void {
  const verdict = find(step, '[data-verdict]', HTMLElement)
  verdict.textContent = text
  verdict.className = text === '' ? 'verdict-here' : `verdict-here pill ${tone}`
}

/** The page's words come from the server; this is the entry in the log. */
function showExact(step: HTMLElement, { entry }: ServedEntry): void {
  find(step, 'pre', HTMLElement).textContent = JSON.stringify(entry, null, 2)
  find(step, '[data-exact]', HTMLElement).hidden = false
}

function showKey(text: string): void {
  const place = find(main, '[data-key]', HTMLElement)
  place.textContent = `Verified with the log key that this server publishes: ${text}. Compare it with the key you have on record.`
  place.hidden = false
}
