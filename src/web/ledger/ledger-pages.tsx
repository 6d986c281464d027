/**
 * The auditors' pages as routes, for auditors and admins: the ledger, one trace, people and keys. Proofs, exports and
 * the tail come from the JSON endpoints.
 */
import type { Context, Hono } from 'hono'
import { position } from '../../api/wire-fields.ts'
import type { Services } from '../../authority/compose.ts'
import type { EntryQuery } from '../../domain/ledger/entry-filter.ts'
import type { FoundPage } from '../../domain/ledger/found-entry.ts'
import { namesOf } from '../frame/names.ts'
import { Page } from '../frame/page.tsx'
import type { PageAccess, PersonalFrame, Show, View } from '../frame/page-access.tsx'
import { readAddress } from '../frame/page-address.ts'
import { NOT_FOUND } from '../frame/problem-page.tsx'
import { type EntryBody, type ReadEntry, readEntry, readUnproved } from './entry-body.ts'
import { KeysPage } from './keys-page.tsx'
import { BARS } from './ledger-activity.tsx'
import { type Filter, FilterForm, filterOf } from './ledger-filter.tsx'
import { type EntryPage, LedgerList, LedgerPage, type ShownCheckpoint } from './ledger-page.tsx'
import { TracePage } from './trace-page.tsx'

const PAGE = 25
const TRACE_PAGE = 100
const MAX_FOUND = 500
const DAY_SECONDS = 86_400

export function ledgerRoutes(pages: Hono, access: PageAccess, services: Services): void {
  const show = (view: (frame: PersonalFrame, c: Context, services: Services) => ReturnType<Show>) =>
    access.withRole(['auditor', 'admin'], (frame, c) => view(frame, c, services))
  pages.get('/ledger', show(ledgerPage))
  pages.get('/ledger/list', show(listPage))
  pages.get('/ledger/people', show(keysPage))
  pages.get('/ledger/traces/:trace{[0-9a-f]{32}}', show(tracePage))
}

async function ledgerPage(frame: PersonalFrame, c: Context, services: Services): Promise<View> {
  const read = filterOf(c)
  if (!read.ok)
    return { ...read.problem, search: { place: 'ledger', heading: 'Ledger', form: <FilterForm {...read.typed} /> } }
  const { filter } = read
  const [from, until] = spanOf(filter, frame.now)
  const [listed, counted] = await Promise.all([listOf(filter, services), services.auditing.activity(from, until, BARS)])
  return <LedgerPage {...{ frame, listed, counted, until }} />
}

async function listPage(frame: PersonalFrame, c: Context, services: Services): Promise<View> {
  const read = filterOf(c)
  if (!read.ok) return read.problem
  return (
    <Page frame={frame} title="Ledger">
      <LedgerList listed={await listOf(read.filter, services)} />
    </Page>
  )
}

const listOf = async (filter: Filter, services: Services): Promise<EntryPage> => {
  const [listed, nameOf] = await Promise.all([entriesOf(filter, services), namesOf(services)])
  return { ...listed, nameOf }
}

/** The entries that one checkpoint covers, and all others: each once, whatever is published meanwhile. */
async function entriesOf(filter: Filter, { auditing }: Services): Promise<Omit<EntryPage, 'nameOf'>> {
  const isNewest = filter.after === undefined
  const checkpoint = await shownCheckpoint(auditing)
  const size = checkpoint?.size ?? 0
  const before = Math.min(filter.after ?? Number.POSITIVE_INFINITY, size)
  const page = { order: 'newest', limit: PAGE + 1, after: before } as const
  const [waiting, searched] = await Promise.all([
    isNewest ? auditing.unproved(filter.looked, PAGE, size) : [],
    auditing.entries(filter.looked, page),
  ])
  const found = searched.entries.map(readEntry)
  const entries = found.slice(0, PAGE)
  const unproved = waiting.map(readUnproved)
  const next = found.length > PAGE ? (entries.at(-1)?.index ?? null) : null
  return { filter, entries, unproved, next, checkpoint, indexedThrough: searched.indexedThrough }
}

const NOTHING: FoundPage = { entries: [], indexedThrough: null }

/** The filter's period, by default the last day; a period with one end open is a day long. */
function spanOf({ looked: { from, to } }: Filter, now: number): readonly [from: number, until: number] {
  const until = to === undefined ? (from === undefined ? now + 1 : Math.max(now, from) + 1) : to + 1
  return [Math.min(from ?? Math.max(0, until - DAY_SECONDS), until - 1), until]
}

/** The page that contains entry `at` if given, else the page after entry `after`. */
async function tracePage(frame: PersonalFrame, c: Context, services: Services): Promise<View> {
  const { auditing } = services
  const looked = { trace: c.req.param('trace') ?? '' }
  const address = readAddress(c, { at: position.optional(), after: position.optional() })
  if (!address.ok) return address.problem
  const { at, after } = address.read
  const size = (await shownCheckpoint(auditing))?.size ?? 0
  const read = async (from?: number) =>
    (await find(auditing, looked, 'oldest', TRACE_PAGE + 1, from)).filter(({ index }) => index < size)
  const [waiting, first] = await Promise.all([auditing.unproved(looked, TRACE_PAGE, size), read()])
  const isBeyond = at !== undefined && (first[TRACE_PAGE]?.index ?? Number.POSITIVE_INFINITY) <= at
  const start = isBeyond ? at - 1 : after
  const found = start === undefined ? first : await read(start)
  const entries = found.slice(0, TRACE_PAGE)
  const next = found.length > TRACE_PAGE ? (entries.at(-1)?.index ?? null) : null
  const unproved = next === null ? waiting.map(readUnproved) : []
  if (first.length + unproved.length === 0) return NOT_FOUND
  const erasures = await find(auditing, { ...looked, type: 'payload.erased' }, 'newest', 1)
  const erased = await Promise.all(erasures.map(({ body }) => erasureOf(auditing, body)))
  const about = [...first, ...unproved].map(({ body }) => body)
  const shown = {
    frame,
    ...looked,
    about,
    entries,
    unproved: unproved.toReversed(),
    start,
    next,
    size,
    erased: erased[0],
  }
  return <TracePage {...shown} nameOf={await namesOf(services)} />
}

/** With the people who consented to the order; of the configured retention there is no order. */
async function erasureOf({ entries }: Services['auditing'], { at, authorised_by: order }: EntryBody) {
  const looked = { text: order ?? '', type: 'consent.given' }
  const given = order === undefined ? NOTHING : await entries(looked, { order: 'oldest', limit: MAX_FOUND })
  return { at, order: order ?? null, by: given.entries.flatMap((entry) => readEntry(entry).body.approver ?? []) }
}

async function keysPage(frame: PersonalFrame, _: Context, services: Services): Promise<View> {
  const { auditing } = services
  const ofType = (type: string) => find(auditing, { type }, 'newest', MAX_FOUND)
  const [enrolled, gone, added, revoked, keys, nameOf] = await Promise.all([
    ofType('approver.enrolled'),
    ofType('approver.removed'),
    ofType('credential.added'),
    ofType('credential.revoked'),
    auditing.keys(),
    namesOf(services),
  ])
  const people = inOrder([...enrolled, ...gone])
  const credentials = inOrder([...added, ...revoked])
  const signers = await signersOf(auditing, [...people, ...credentials])
  return <KeysPage {...{ frame, people, credentials, signers, keys, nameOf }} />
}

const inOrder = (entries: readonly ReadEntry[]) => [...entries].sort((a, b) => b.index - a.index)

/** The approvers who consented, by request id. */
async function signersOf({ entries }: Services['auditing'], caused: readonly ReadEntry[]) {
  const requests = new Set(caused.flatMap(({ body }) => body.request ?? []))
  const consents = (text: string) => entries({ text, type: 'consent.given' }, { order: 'oldest', limit: MAX_FOUND })
  const found = await Promise.all([...requests].map(async (id) => [id, (await consents(id)).entries] as const))
  return new Map(found.map(([id, given]) => [id, given.flatMap((entry) => readEntry(entry).body.approver ?? [])]))
}

async function find(
  auditing: Services['auditing'],
  looked: EntryQuery,
  order: 'newest' | 'oldest',
  limit: number,
  after?: number,
): Promise<readonly ReadEntry[]> {
  return (await auditing.entries(looked, { order, limit, after })).entries.map(readEntry)
}

/** Lines two and three of a checkpoint; the browser checks the signature. C2SP tlog-checkpoint. */
async function shownCheckpoint({ checkpoint }: Services['auditing']): Promise<ShownCheckpoint | null> {
  const note = await checkpoint()
  if (!note.ok) return null
  const [, size = '', root = ''] = note.value.split('\n')
  return { size: Number(size), root }
}
