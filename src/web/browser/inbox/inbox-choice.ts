/**
 * Choosing requests in the inbox, to answer them together; group boxes follow their members. Rows of a group that the
 * page does not have yet are fetched when it is opened or chosen. It answers nothing.
 */
import { announce, find, setBusy } from '../parts/dom.ts'

const bar = find(document, '[data-choice]', HTMLElement)
const maxTogether = Number(bar.dataset['most'])
/** In characters. The requests that are chosen are shown whole, on one page. */
const maxLength = Number(bar.dataset['mostLength'])
const lengthOf = ({ dataset: { length } }: HTMLInputElement) => Number(length ?? bar.dataset['leastLength'])
const list = () => find(document, '#inbox', HTMLElement)
const boxes = (root: ParentNode = list()) => [...root.querySelectorAll<HTMLInputElement>('input[name=request]')]
const folds = () => [...list().querySelectorAll<HTMLElement>('[data-fold]')]

/** `fetchRows` renews the list with the rows of a group, where it can. */
export function followChoice(fetchRows: (key: string) => Promise<void>): void {
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return
    const fold = target.hasAttribute('data-choose-fold') ? target.closest<HTMLElement>('[data-fold]') : null
    leftOut = null
    if (fold && !hasRows(fold)) void chooseFetched(keyOf(fold), fetchRows)
    else if (fold) chooseFold(fold, target.checked)
    showChoice()
  })
  // It does not bubble.
  document.addEventListener(
    'toggle',
    ({ target }) => {
      const fold =
        target instanceof HTMLDetailsElement && target.open ? target.closest<HTMLElement>('[data-fold]') : null
      if (fold && !hasRows(fold)) void fetchRows(keyOf(fold))
    },
    true,
  )
  find(bar, '[data-choose-none]', HTMLButtonElement).addEventListener('click', () => {
    for (const box of boxes()) box.checked = false
    leftOut = null
    show()
    find(document, 'h1', HTMLElement).focus()
  })
  // Also after coming back to this page: the browser keeps the boxes.
  window.addEventListener('pageshow', show)
  document.addEventListener('submit', (event) => {
    if (!(event.target instanceof HTMLFormElement) || event.target.id !== 'choice') return
    if (chosen().length === 0 || whyTooMany() !== null) event.preventDefault()
  })
}

const chosen = (): HTMLInputElement[] => boxes().filter(({ checked }) => checked)

/** Which limit left out part of a group, in words; null where none did, and once the choice has changed. */
let leftOut: string | null = null

/** Why the chosen ones cannot be reviewed together, and what to do; null where they can. */
function whyTooMany(): string | null {
  const many = chosen().length - maxTogether
  if (many > 0) return `A page shows ${maxTogether} requests at most. Uncheck ${many} to go on.`
  const long = chosen().length - fitting(chosen()).length
  return long > 0 ? 'These are longer than one page shows. Uncheck long ones to go on.' : null
}

/** Those that fit on a page, in order, beside others that are chosen already. */
function fitting(members: readonly HTMLInputElement[], others: readonly HTMLInputElement[] = []): HTMLInputElement[] {
  let left = others.reduce((rest, box) => rest - lengthOf(box), maxLength)
  const found: HTMLInputElement[] = []
  for (const member of members) {
    if (found.length + others.length >= maxTogether || lengthOf(member) > left) continue
    found.push(member)
    left -= lengthOf(member)
  }
  return found
}

/** Chooses as many members as still fit, and says which limit leaves out the others. */
function chooseFold(fold: HTMLElement, isChosen: boolean): void {
  const members = boxes(fold)
  for (const member of members) member.checked = false
  if (!isChosen) return
  for (const member of fitting(members, chosen())) member.checked = true
  const left = members.filter(({ checked }) => !checked).length
  if (left === 0) return
  const limit = chosen().length < maxTogether ? 'has no room for longer ones' : `shows ${maxTogether} requests at most`
  leftOut = `A page ${limit}: ${left} of this group ${left === 1 ? 'is' : 'are'} left. Review the chosen ones first.`
}

async function chooseFetched(key: string, fetchRows: (key: string) => Promise<void>): Promise<void> {
  await fetchRows(key)
  const fold = folds().find((one) => keyOf(one) === key)
  if (fold) chooseFold(fold, true)
  showChoice()
}

/** After a change by the person: a limit that it hit is said to screen readers, too. */
function showChoice(): void {
  show()
  const limit = whyTooMany() ?? leftOut
  if (limit !== null) announce(limit)
}

function show(): void {
  const count = chosen().length
  for (const fold of folds()) showFold(fold)
  bar.hidden = count === 0
  find(bar, '[data-chosen]', HTMLElement).textContent = `${count} chosen`
  find(bar, '[data-chosen-note]', HTMLElement).textContent =
    whyTooMany() ?? leftOut ?? 'Choosing does not answer anything yet.'
  const go = find(bar, '[data-choice-go]', HTMLButtonElement)
  go.textContent = count === 1 ? 'Review it' : `Review ${count} together`
  setBusy([go], whyTooMany() !== null)
}

function showFold(fold: HTMLElement): void {
  const box = fold.querySelector<HTMLInputElement>('[data-choose-fold]')
  if (!box) return
  const members = boxes(fold)
  const count = members.filter(({ checked }) => checked).length
  const most = fitting(members).length
  box.checked = count > 0 && count >= most
  box.indeterminate = count > 0 && count < most
}

/** Runs `renew`, which replaces the list, and restores what the person had chosen and opened. */
export function keepChoice(renew: () => void): void {
  const ids = new Set(chosen().map(({ value }) => value))
  const open = new Set(folds().filter(isOpen).map(keyOf))
  const focus = focusIn(list())
  renew()
  for (const box of boxes()) box.checked = ids.has(box.value)
  if (chosen().length < ids.size) leftOut = null
  for (const fold of folds()) setOpen(fold, open.has(keyOf(fold)) && hasRows(fold))
  if (focus) restore(focus)
  show()
}

/** Closed groups without a choice can do without their rows. */
export const foldsInUse = (): readonly string[] =>
  folds()
    .filter((fold) => isOpen(fold) || boxes(fold).some(({ checked }) => checked))
    .slice(0, MOST_IN_USE)
    .map(keyOf)

/** They stand in the address. */
const MOST_IN_USE = 20

const hasRows = (fold: HTMLElement): boolean => fold.querySelector('[data-row]') !== null
const keyOf = (fold: HTMLElement): string => fold.dataset['fold'] ?? ''
const isOpen = (fold: HTMLElement): boolean => fold.querySelector('details')?.open ?? false

function setOpen(fold: Element, isOpenNow: boolean): void {
  const details = fold.querySelector('details')
  if (details) details.open = isOpenNow
}

interface Focus {
  readonly place: string
  readonly kind: string
}

/** The row or group with the focus, and which of its elements has it. */
function focusIn(root: HTMLElement): Focus | undefined {
  const element = document.activeElement
  const place = element?.closest<HTMLElement>('[data-row], [data-fold]')
  if (!element || !place || !root.contains(place)) return undefined
  const { row, fold } = place.dataset
  const name = row === undefined ? `[data-fold="${CSS.escape(fold ?? '')}"]` : `[data-row="${CSS.escape(row)}"]`
  return { place: name, kind: element.localName }
}

/** Opens the row's group if it is in one now. */
function restore({ place, kind }: Focus): void {
  const found = list().querySelector<HTMLElement>(place)
  const fold = found?.parentElement?.closest('[data-fold]')
  if (fold) setOpen(fold, true)
  found?.querySelector<HTMLElement>(kind)?.focus({ preventScroll: true })
}
