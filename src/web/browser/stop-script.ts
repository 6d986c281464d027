/** Stopping: previews what a choice would affect, engages the switch, and follows the executors' confirmations. */
import { announce, fetchPage, find, pause, renewBanner, say, setBusy, showConnection, swap } from './parts/dom.ts'
import { call } from './parts/fetch-json.ts'
import { tick } from './parts/server-clock.ts'

// ── choosing ───────────────────────────────────────────────────────────────

const SETTLE_MS = 200

/** Wires the form. The idempotency key changes with the input, so a click that was lost can be repeated. */
function choosing(form: HTMLFormElement): void {
  const preview = previewing(form)
  const button = find(form, '[data-stop-now]', HTMLButtonElement)
  let key = crypto.randomUUID()
  let busy = false
  form.addEventListener('input', (event) => {
    key = crypto.randomUUID()
    if (!(event.target instanceof HTMLTextAreaElement)) void preview()
  })
  // Choosing a kind moves the focus to its name.
  form.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === 'radio')
      target.closest('.way')?.querySelector<HTMLInputElement>('.which input')?.focus()
  })
  form.addEventListener('submit', (event) => event.preventDefault())
  button.addEventListener('click', async () => {
    if (busy) return
    busy = true
    setBusy([button], true)
    const failure = await stop(form, key)
    if (failure) say(form, failure, 'bad')
    setBusy([button], false)
    busy = false
  })
}

/** The reach of the choice, as the server renders it; only the latest preview is shown. */
function previewing(form: HTMLFormElement): () => Promise<void> {
  let turn = 0
  return async () => {
    const own = ++turn
    find(form, '#reach', HTMLElement).setAttribute('aria-busy', 'true')
    await pause(SETTLE_MS)
    if (own !== turn) return
    const page = await fetchPage(`/kill?${chosen(form)}`)
    const fresh = page?.querySelector('#reach')
    if (own !== turn) return
    const reach = find(form, '#reach', HTMLElement)
    if (fresh) announce(spokenReach(swap(reach, fresh)))
    else say(form, 'No connection, so the effect cannot be shown.', 'bad')
  }
}

/** Only the chosen kind and its name, not the text in other fields. */
function chosen(form: HTMLFormElement): URLSearchParams {
  const data = new FormData(form)
  const what = String(data.get('what') ?? '')
  const value = String(data.get(what) ?? '').trim()
  return new URLSearchParams(what === '' ? {} : { what, ...(value === '' ? {} : { [what]: value }) })
}

const spokenReach = (reach: HTMLElement): string =>
  [
    ...[...reach.querySelectorAll('[data-unknown]')].map(({ textContent }) => textContent),
    ...[...reach.querySelectorAll('.figures > div')].map(
      (figure) => `${figure.querySelector('dd')?.textContent} ${figure.querySelector('dt')?.firstChild?.textContent}`,
    ),
  ].join(', ')

function selectorOf(form: HTMLFormElement): Record<string, string> | string {
  const query = chosen(form)
  const what = query.get('what')
  if (what === null) return 'Choose what to stop.'
  if (what === 'everything') return {}
  const value = query.get(what)
  if (value === null) return 'Enter a name.'
  return what === 'request' && /^[0-9a-f]{32}$/.test(value) ? { trace: value } : { [what]: value }
}

/** Undefined once the switch is engaged, else the reason it is not. */
async function stop(form: HTMLFormElement, key: string): Promise<string | undefined> {
  const selector = selectorOf(form)
  if (typeof selector === 'string') return selector
  say(form, 'Stopping…')
  const reason =
    String(new FormData(form).get('reason') ?? '')
      .replace(/\p{Cc}+/gu, ' ')
      .trim() || 'No reason given'
  const headers = { 'Idempotency-Key': key }
  const reply = await call<{ id: string }>('POST', '/killswitches', { body: { selector, reason }, headers })
  if (!reply.ok) return reply.message
  location.assign(`/kill/${reply.value.id}`)
  return undefined
}

// ── following ──────────────────────────────────────────────────────────────

const SOON_MS = 500
const LATER_MS = 5000

async function following(): Promise<void> {
  while (document.querySelector('[data-switch] [data-live]')) {
    const place = find(document, '[data-switch]', HTMLElement)
    await pause(Number(place.dataset['awaited']) > 0 ? SOON_MS : LATER_MS)
    if (document.hidden) continue
    const page = await fetchPage(location.pathname)
    const fresh = page?.querySelector<HTMLElement>('[data-switch]')
    showConnection(page !== undefined)
    if (!page || !fresh || fresh.dataset['version'] === place.dataset['version']) continue
    // Somebody released it: the page has other controls now.
    if (!fresh.querySelector('[data-live]')) return location.reload()
    const now = swap(find(document, '[data-switch]', HTMLElement), fresh)
    renewBanner(page)
    tick()
    announce(spokenConfirmations(now))
  }
}

const spokenConfirmations = (place: HTMLElement): string =>
  [...place.querySelectorAll('.rows > .row')]
    .map((row) => [...row.children].map(({ textContent }) => textContent).join(', '))
    .join('. ')

const form = document.querySelector<HTMLFormElement>('[data-choose]')
if (form) choosing(form)
void following()
