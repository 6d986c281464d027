/**
 * Stopping: shows what a choice would hit while it is made, stops it, and follows who has felt it.
 *
 * In: the form of `/kill`, or the place of one switch. Out: calls to the authority; what is shown is what it rendered.
 */
import { call } from './parts/api.ts'
import { tick } from './parts/clock.ts'
import { announce, fetchPage, find, pause, renewBanner, say, swap } from './parts/dom.ts'

// ── choosing ───────────────────────────────────────────────────────────────

const SETTLE_MS = 200

/** Wires the form. The key changes with whatever is typed: a click that was lost on its way can be repeated. */
function choosing(form: HTMLFormElement): void {
  const preview = previewing(form)
  const button = find(form, '[data-stop-now]', HTMLButtonElement)
  let key = crypto.randomUUID()
  let busy = false
  form.addEventListener('input', (event) => {
    key = crypto.randomUUID()
    if (!(event.target instanceof HTMLTextAreaElement)) void preview()
  })
  // A kind that was just chosen is named next.
  form.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === 'radio')
      target.closest('.way')?.querySelector<HTMLInputElement>('.which input')?.focus()
  })
  form.addEventListener('submit', (event) => event.preventDefault())
  button.addEventListener('click', async () => {
    if (busy) return
    busy = true
    button.setAttribute('aria-disabled', 'true')
    const trouble = await stop(form, key)
    if (trouble) say(form, trouble, 'bad')
    button.removeAttribute('aria-disabled')
    busy = false
  })
}

/** What the choice would hit, as the server renders it; of several looks only the last is shown. */
function previewing(form: HTMLFormElement): () => Promise<void> {
  let turn = 0
  return async () => {
    const mine = ++turn
    find(form, '#reach', HTMLElement).setAttribute('aria-busy', 'true')
    await pause(SETTLE_MS)
    if (mine !== turn) return
    const page = await fetchPage(`/kill?${chosen(form)}`)
    const fresh = page?.querySelector('#reach')
    if (mine !== turn) return
    const reach = find(form, '#reach', HTMLElement)
    if (fresh) announce(heard(swap(reach, fresh)))
    else say(form, 'What this hits cannot be shown: no connection.', 'bad')
  }
}

/** Only what is chosen, so that nothing typed beside another kind is sent. */
function chosen(form: HTMLFormElement): URLSearchParams {
  const data = new FormData(form)
  const what = String(data.get('what') ?? '')
  const value = String(data.get(what) ?? '').trim()
  return new URLSearchParams(what === '' ? {} : { what, ...(value === '' ? {} : { [what]: value }) })
}

const heard = (reach: HTMLElement): string =>
  [...reach.querySelectorAll('.figures > div')]
    .map(
      (figure) => `${figure.querySelector('dd')?.textContent} ${figure.querySelector('dt')?.firstChild?.textContent}`,
    )
    .join(', ')

function selectorOf(form: HTMLFormElement): Record<string, string> | string {
  const query = chosen(form)
  const what = query.get('what')
  if (what === null) return 'Choose what to stop first.'
  if (what === 'everything') return {}
  const value = query.get(what)
  if (value === null) return 'Say which one first.'
  return what === 'request' && /^[0-9a-f]{32}$/.test(value) ? { trace: value } : { [what]: value }
}

/** Undefined once it stands, else why it does not. */
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
    connected(page !== undefined)
    if (!page || !fresh || fresh.dataset['version'] === place.dataset['version']) continue
    // Released by somebody: what is left to do on this page is another.
    if (!fresh.querySelector('[data-live]')) return location.reload()
    const now = swap(find(document, '[data-switch]', HTMLElement), fresh)
    renewBanner(page)
    tick()
    announce(feltIn(now))
  }
}

const feltIn = (place: HTMLElement): string =>
  [...place.querySelectorAll('.rows > .row')]
    .map((row) => [...row.children].map(({ textContent }) => textContent).join(', '))
    .join('. ')

function connected(isConnected: boolean): void {
  document.querySelector('[data-live]')?.classList.toggle('away', !isConnected)
  const text = document.querySelector('[data-live-text]')
  const words = isConnected ? 'updates by itself' : 'no connection, trying again'
  if (text && text.textContent !== words) text.textContent = words
}

const form = document.querySelector<HTMLFormElement>('[data-choose]')
if (form) choosing(form)
void following()
