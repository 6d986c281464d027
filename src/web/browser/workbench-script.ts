/** The workbench: checks the draft while it is typed, tries one call, replays past requests, and has the draft observed. */
import { count, REPLAY_CHANGES } from '../parts/wording.ts'
import { debounce } from './parts/debounce.ts'
import { find, onClick, oneAtATime, onSubmit, say } from './parts/dom.ts'
import { code, type Decision, factRow, listItem, wordsOf } from './parts/draft-words.ts'
import { call, type Reply } from './parts/fetch-json.ts'
import { keepDraft, keptDraft } from './parts/policy-draft.ts'

interface Problem {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly suggestion: string | null
}

// Found anew each time: a change that was made renews the page's content.
const editor = () => find(document, '#draft', HTMLTextAreaElement)

// ── checking ───────────────────────────────────────────────────────────────

const CHECK_AFTER_MS = 700

interface Checked {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  readonly policies: readonly unknown[]
}

async function check(): Promise<void> {
  const text = editor().value
  const reply = await call<Checked>('POST', '/policy/check', { body: { text } })
  // What was typed meanwhile is checked next.
  if (text !== editor().value) return
  if (!reply.ok) {
    showProblems([])
    return showVerdict(reply.message, true)
  }
  const { problems, warnings, policies } = reply.value
  showProblems(problems, warnings)
  if (problems.length > 0) return
  if (policies.length === 0) return showVerdict(NO_POLICY, true)
  const number = `${policies.length} ${policies.length === 1 ? 'policy' : 'policies'}`
  showVerdict(`Compiles: ${number}${warnings.length > 0 ? `, ${count(warnings.length, 'warning')}` : ''}`, false)
}

const NO_POLICY =
  'No policy: everything is denied, changes to this authority included. So it cannot be published. Write a policy, or load the one in force again.'

function showVerdict(words: string, isBad: boolean): void {
  const verdict = find(document, '#verdict', HTMLElement)
  verdict.textContent = words
  verdict.classList.toggle('bad', isBad)
}

function showProblems(problems: readonly Problem[], warnings: readonly Problem[] = []): void {
  const items = [...problems.map((one) => problemItem(one)), ...warnings.map((one) => problemItem(one, ' Warning:'))]
  find(document, '#problems', HTMLElement).replaceChildren(...items)
  editor().ariaInvalid = problems.length > 0 ? 'true' : null
  if (problems.length > 0) showVerdict(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`, true)
}

function problemItem({ line, column, message, suggestion }: Problem, kind = ''): HTMLElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'quiet small'
  button.dataset['place'] = `${line}:${column}`
  button.textContent = `Line ${line}, column ${column}`
  return listItem(button, `${kind} ${message}`, ...(suggestion === null ? [] : [' Hint: ', code(suggestion)]))
}

/** Columns count characters, the selection of a text area UTF-16 units. */
onClick('[data-place]', ({ dataset }) => {
  const [line = 1, column = 1] = (dataset['place'] ?? '').split(':').map(Number)
  const draft = editor()
  const lines = draft.value.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
  const within = [...(lines[line - 1] ?? '')].slice(0, column - 1).join('').length
  draft.focus()
  draft.setSelectionRange(before + within, before + within)
})

const checkSoon = debounce(check, CHECK_AFTER_MS)

document.addEventListener('input', ({ target }) => {
  if (target !== editor()) return
  keepDraft(editor().value, editor().defaultValue)
  forgetResults()
  checkSoon()
})

/** What was found out about a draft is not about the next one. */
function forgetResults(): void {
  for (const form of document.querySelectorAll('main form:has([data-status])')) say(form, '')
  showTried(null, null)
  forgetReplay()
}

onClick('[data-start-over]', () => {
  editor().value = editor().defaultValue
  keepDraft(editor().value, editor().defaultValue)
  forgetResults()
  void check()
})

// A draft that was observed and is edited again comes with the page.
if (location.search === '') editor().value = keptDraft(editor().defaultValue) ?? editor().value
void check()

// ── trying ─────────────────────────────────────────────────────────────────

onClick('[data-action]', ({ dataset }) => {
  find(document, '#name', HTMLInputElement).value = dataset['action'] ?? ''
})

function offerActions(): void {
  const { value } = find(document, '#audience', HTMLSelectElement)
  for (const button of document.querySelectorAll<HTMLElement>('[data-action]'))
    button.hidden = button.dataset['of'] !== value
}
document.addEventListener('change', ({ target }) => {
  if (target instanceof Element && target.id === 'audience') offerActions()
})
offerActions()

interface Tried {
  readonly in_force: Decision
  readonly draft: Decision | null
  readonly problems: Problem[]
}

onSubmit('[data-try]', (form) => void oneAtATime(() => attempt(form)))

async function attempt(form: HTMLFormElement): Promise<void> {
  showTried(null, null)
  const given = new FormData(form)
  const field = (name: string) => String(given.get(name) ?? '')
  const args = jsonObjectIn(field('arguments'))
  if (args === undefined) return say(form, 'The arguments are no JSON object.', 'bad')
  const asked = { agent: field('agent'), audience: field('audience'), name: field('name'), resource: field('resource') }
  const actors = field('actors')
    .split(/[\s,]+/)
    .filter((id) => id !== '')
  const text = editor().value
  const body = { text, call: { ...asked, actors, arguments: args } }
  const reply = await call<Tried>('POST', '/policy/try', { body })
  if (text !== editor().value) return say(form, DRAFT_CHANGED)
  if (!reply.ok) return say(form, reply.message, 'bad')
  const { in_force: inForce, draft: drafted, problems } = reply.value
  showProblems(problems)
  say(form, drafted === null ? 'The draft does not compile.' : '', 'bad')
  showTried(inForce, drafted)
}

const DRAFT_CHANGED = 'The draft has changed meanwhile. Try it again.'

function showTried(inForce: Decision | null, drafted: Decision | null): void {
  const words = (decision: Decision | null) => (decision === null ? '–' : wordsOf(decision))
  const rows = [...factRow('In force', words(inForce)), ...factRow('Draft', words(drafted))]
  find(document, '#tried', HTMLElement).replaceChildren(...rows)
}

function jsonObjectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

// ── replaying ──────────────────────────────────────────────────────────────

interface Difference {
  readonly id: string
  readonly agent: string
  readonly name: string
  readonly was: Pick<Decision, 'effect'>
  readonly would: Decision
}

interface ReplayedPage {
  readonly problems: Problem[]
  readonly total: number | null
  readonly examined: number
  readonly unknown: number
  readonly changes: Readonly<Record<string, number>>
  readonly differences: Difference[]
  readonly next: object | null
}

const SHOWN = 50

onSubmit('[data-replay-draft]', (form) => void oneAtATime(() => replay(form)))

async function replay(form: HTMLFormElement): Promise<void> {
  const bar = find(document, '#replayed', HTMLProgressElement)
  const days = Number(new FormData(form).get('days'))
  const sums = new Map<string, number>()
  const text = editor().value
  let after: object | null = null
  forgetReplay()
  bar.hidden = false
  say(form, '')
  do {
    const body: object = { text, days, ...(after === null ? {} : { after }) }
    const reply = await call<ReplayedPage>('POST', '/policy/replay', { body })
    const failure = faultOfReplay(reply, text)
    if (!reply.ok || failure !== null) {
      forgetReplay()
      return say(form, failure ?? '', 'bad')
    }
    const page = reply.value
    if (page.total !== null) bar.max = Math.max(1, page.total)
    bar.value += page.examined
    for (const [name, number] of Object.entries({ ...page.changes, unknown: page.unknown }))
      sums.set(name, (sums.get(name) ?? 0) + number)
    showSums(sums)
    const list = find(document, '#differences', HTMLElement)
    list.append(...page.differences.slice(0, SHOWN - list.childElementCount).map(differenceItem))
    after = page.next
  } while (after !== null)
  bar.value = bar.max
  const changed = [...sums].some(([name, number]) => name !== 'same' && name !== 'unknown' && number > 0)
  say(form, changed ? 'Done.' : 'Done. No decision would change.')
}

/** Why a page of the replay is not shown; null where it is. */
function faultOfReplay(reply: Reply<ReplayedPage>, text: string): string | null {
  if (text !== editor().value) return DRAFT_CHANGED
  if (!reply.ok) return reply.message
  if (reply.value.problems.length === 0) return null
  showProblems(reply.value.problems)
  return 'The draft does not compile.'
}

function forgetReplay(): void {
  const bar = find(document, '#replayed', HTMLProgressElement)
  bar.hidden = true
  bar.value = 0
  find(document, '#differences', HTMLElement).replaceChildren()
  showSums(null)
}

/** Null before there are any. */
const showSums = (sums: ReadonlyMap<string, number> | null) =>
  find(document, '#sums', HTMLElement).replaceChildren(
    ...REPLAY_CHANGES.flatMap(([name, label]) =>
      factRow(label, sums === null ? '–' : (sums.get(name) ?? 0).toLocaleString('en')),
    ),
  )

function differenceItem({ id, agent, name, was, would }: Difference): HTMLElement {
  const link = document.createElement('a')
  link.href = `/requests/${id}`
  link.textContent = name
  return listItem(link, ` by ${agent}. Recorded: ${wordsOf(was)} With the draft: ${wordsOf(would)}`)
}

// ── observing ──────────────────────────────────────────────────────────────

onSubmit('[data-observe]', (form) => void oneAtATime(() => observe(form)))

async function observe(form: HTMLFormElement): Promise<void> {
  const seconds = Number(new FormData(form).get('hours')) * 3600
  const text = editor().value
  const reply = await call<{ readonly id: string }>('POST', '/policy/observations', { body: { text, seconds } })
  if (!reply.ok) return say(form, text === editor().value ? reply.message : DRAFT_CHANGED, 'bad')
  location.assign(`/policy/observations/${reply.value.id}`)
}
