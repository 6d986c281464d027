/**
 * The auditors' pages: the ledger, one trace of it, its people and keys.
 *
 * In: the services and the door. Out: routes, for auditors and admins alone. They read through `auditing`, which finds
 * an entry once it is part of the tree; proofs and exports come from the JSON endpoints.
 */
import type { Context, Hono } from 'hono'
import type { Looked, Services } from '../services.ts'
import type { Door, PersonalFrame, Show, View } from './door.tsx'
import { KeysPage } from './keys.tsx'
import { LedgerPage, type ShownCheckpoint } from './ledger.tsx'
import { BARS } from './ledger-activity.tsx'
import { type NameOf, type ReadEntry, readEntry } from './ledger-entry.ts'
import { type Filter, filterOf } from './ledger-filter.tsx'
import { FORBIDDEN, NOT_FOUND } from './problem.tsx'
import { TracePage } from './trace.tsx'

const PAGE = 25
const MOST = 500
const DAY_SECONDS = 86_400

export function ledgerRoutes(pages: Hono, door: Door, services: Services): void {
  const audited = (show: Show) => door.signedIn(async (frame, c) => (mayRead(frame) ? show(frame, c) : FORBIDDEN))
  pages.get(
    '/ledger',
    audited((frame, c) => ledgerPage(frame, c, services)),
  )
  pages.get(
    '/ledger/people',
    audited((frame) => keysPage(frame, services)),
  )
  pages.get(
    '/ledger/traces/:trace{[0-9a-f]{32}}',
    audited((frame, c) => tracePage(frame, c.req.param('trace') ?? '', services)),
  )
}

const mayRead = ({ person: { roles } }: PersonalFrame) => roles.includes('auditor') || roles.includes('admin')

async function ledgerPage(frame: PersonalFrame, c: Context, services: Services): Promise<View> {
  const { auditing } = services
  const filter = filterOf(c.req.query())
  const [from, until] = spanOf(filter, frame.now)
  const [found, counted, checkpoint, nameOf] = await Promise.all([
    filter.fault ? [] : find(auditing, filter.looked, 'newest', PAGE + 1, filter.after),
    auditing.activity(from, until, BARS),
    shownCheckpoint(auditing),
    namesOf(services),
  ])
  const entries = found.slice(0, PAGE)
  const next = found.length > PAGE ? (entries.at(-1)?.index ?? null) : null
  return <LedgerPage {...{ frame, filter, entries, next, counted, until, checkpoint, nameOf }} />
}

/** The last day, or what is looked for; a span without its end or beginning is a day long. */
function spanOf({ looked: { from, to } }: Filter, now: number): readonly [from: number, until: number] {
  const until = to === undefined ? (from === undefined ? now + 1 : Math.max(now, from) + 1) : to + 1
  return [Math.min(from ?? Math.max(0, until - DAY_SECONDS), until - 1), until]
}

async function tracePage(frame: PersonalFrame, trace: string, services: Services): Promise<View> {
  const [entries, nameOf] = await Promise.all([find(services.auditing, { trace }, 'oldest', MOST), namesOf(services)])
  return entries.length > 0 ? <TracePage {...{ frame, trace, entries, nameOf }} /> : NOT_FOUND
}

async function keysPage(frame: PersonalFrame, services: Services): Promise<View> {
  const { auditing } = services
  const ofType = (type: string) => find(auditing, { type }, 'newest', MOST)
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
  return <KeysPage {...{ frame, enrolled: people, credentials, signers, keys, nameOf }} />
}

const inOrder = (entries: readonly ReadEntry[]) => [...entries].sort((a, b) => b.index - a.index)

/** By request: who consented to it. */
async function signersOf({ entries }: Services['auditing'], caused: readonly ReadEntry[]) {
  const requests = new Set(caused.flatMap(({ body }) => body.request ?? []))
  const consents = (text: string) => entries({ text, type: 'consent.given' }, { order: 'oldest', limit: MOST })
  const found = await Promise.all([...requests].map(async (id) => [id, await consents(id)] as const))
  return new Map(found.map(([id, given]) => [id, given.flatMap((entry) => readEntry(entry).body.approver ?? [])]))
}

async function find(
  auditing: Services['auditing'],
  looked: Looked,
  order: 'newest' | 'oldest',
  limit: number,
  after?: number,
): Promise<readonly ReadEntry[]> {
  return (await auditing.entries(looked, { order, limit, after })).map(readEntry)
}

async function namesOf({ administration }: Services): Promise<NameOf> {
  const names = new Map((await administration.approvers()).map(({ id, name }) => [id, name ?? `Name erased (${id})`]))
  return (approver) => names.get(approver) ?? approver
}

/** The second and third line of a checkpoint; the browser checks who signed them. C2SP tlog-checkpoint. */
async function shownCheckpoint({ checkpoint }: Services['auditing']): Promise<ShownCheckpoint | null> {
  const note = await checkpoint()
  if (!note.ok) return null
  const [, size = '', root = ''] = note.value.split('\n')
  return { size: Number(size), root }
}
