/**
 * Every endpoint of the table and every page, each with the worst that its caller may send: what is read is read whole.
 *
 * In: a running authority with its parties, and a request that is there to be read. Out: steps, each a call by name.
 */

import type { Endpoint } from '../../src/api/endpoint.ts'
import { endpoints } from '../../src/api/endpoints.ts'
import { createPages } from '../../src/web/pages.tsx'
import { FORUM } from './parties.ts'

export interface Callers {
  readonly origin: string
  /** With a session. */
  readonly person: (url: string, init?: RequestInit) => Promise<Response>
  readonly credentials: Readonly<Record<'agent' | 'executor' | 'operator' | 'auditor', string>>
}

export interface Subject {
  readonly request: string
  readonly trace: string
  readonly jti: string
  readonly killSwitch: string
}

export interface Step {
  readonly name: string
  readonly run: () => Promise<unknown>
}

const NOBODY = 'A'.repeat(22)
const BODY_BYTES = 256 * 1024 - 64
const fill = (unit: string) => unit.repeat(Math.floor(BODY_BYTES / Buffer.byteLength(unit)))
const list = (each: (at: number) => string, count: number) =>
  Array.from({ length: count }, (_, at) => each(at)).join(',')

/** Bodies at the limit of their size, each slow for another part of a parser. */
const BODIES: readonly (readonly [name: string, text: string])[] = [
  ['many members', `{${list((at) => `"${at.toString(36).padStart(5, '0')}":0`, 25_000)}}`],
  ['many numbers', `{"action":[${fill('0,').slice(0, -12)}0]}`],
  ['many nested lists', `{"action":[${fill('[[[]]],').slice(0, -14)}[]]}`],
  ['escapes', `{"token":"${fill('\\u0061').slice(0, -12)}"}`],
  ['long numbers', `{"action":[${fill('1.2345678901234567e-300,').slice(0, -30)}0]}`],
  ['one long text', `{"invitation":"${fill('ä').slice(0, -30)}"}`],
  ['texts', `{"requests":[${fill('"a",').slice(0, -20)}"a"]}`],
  ['a member twice at the end', `{${list((at) => `"${at.toString(36).padStart(5, '0')}":0`, 24_000)},"00000":1}`],
]
const FORMS: readonly (readonly [name: string, text: string])[] = [
  [
    'many members',
    Array.from({ length: 40_000 }, (_, at) => `${at.toString(36)}=`)
      .join('&')
      .slice(0, BODY_BYTES),
  ],
  ['escapes', `token=${fill('%61').slice(0, -12)}`],
  ['one long text', `transaction_challenge=${fill('a').slice(0, -30)}`],
  ['dots', `token=${fill('.').slice(0, -30)}`],
]
/** At the limit of what the server reads as headers. */
const HEADERS: Readonly<Record<string, string>> = {
  prefer: 'wait=,'.repeat(500),
  'if-none-match': '"a",'.repeat(500),
  traceparent: '0'.repeat(2000),
  'x-forwarded-for': '1.1.1.1,'.repeat(250),
}

/** Calls that end the session that the others need. */
const ENDS_SESSION: readonly string[] = ['signOut', 'endSessions']

export function stepsOf(callers: Callers, subject: Subject, once: boolean): readonly Step[] {
  const all = Object.entries<Endpoint>(endpoints)
  const reads = all
    .filter(([, { method }]) => method === 'GET')
    .flatMap(([id, row]) => readsOf(callers, subject, id, row))
  if (!once) return [...reads, ...pagesOf(callers, subject)]
  const writes = all.filter(([, { method }]) => method !== 'GET')
  return [...reads, ...pagesOf(callers, subject), ...writes.flatMap(([id, row]) => writesOf(callers, subject, id, row))]
}

function readsOf(callers: Callers, subject: Subject, id: string, row: Endpoint): Step[] {
  const path = filledIn(row.path, subject)
  const queries = row.query ? ['', queryOf(id, subject)] : ['']
  return queries.map((query) => ({
    name: `${id}${query && ' with a query'}`,
    run: () => read(callers, row, `${path}${query}`),
  }))
}

const queryOf = (id: string, { trace }: Subject): string =>
  id === 'activity' ? '?from=0&to=2000000000&buckets=200' : id === 'listRequests' ? '' : `?trace=${trace}&words=a+x+0`

function writesOf(callers: Callers, { trace }: Subject, id: string, row: Endpoint): Step[] {
  const path = filledIn(row.path, { request: NOBODY, trace, jti: NOBODY, killSwitch: NOBODY })
  const bodies = row.body ? BODIES : row.form ? FORMS : [['nothing', ''] as const]
  const type = row.form ? 'application/x-www-form-urlencoded' : 'application/json'
  return bodies.map(([name, text]) => ({
    name: `${id} of ${name}`,
    run: () => {
      const headers = { ...HEADERS, origin: callers.origin, ...(text === '' ? {} : { 'content-type': type }) }
      const init = { method: row.method, headers, ...(text === '' ? {} : { body: text }) }
      return ENDS_SESSION.includes(id) ? fetch(`${callers.origin}${path}`, init) : call(callers, row, path, init)
    },
  }))
}

const filledIn = (path: string, { request, trace, jti, killSwitch }: Subject): string => {
  const values: Readonly<Record<string, string>> = {
    trace,
    jti,
    list: '0',
    level: '0',
    index: '000',
    name: 'forum.post',
  }
  const id = path.startsWith('/killswitches') ? killSwitch : path.startsWith('/ledger/proofs') ? '0' : request
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? id))
}

function call({ origin, person, credentials }: Callers, row: Endpoint, path: string, init: RequestInit) {
  const [kind] = row.callers === 'anyone' ? [] : row.callers
  if (row.session !== undefined || kind === undefined) return person(`${origin}${path}`, init)
  return fetch(`${origin}${path}`, {
    ...init,
    headers: { ...init.headers, authorization: `Bearer ${credentials[kind]}` },
  })
}

/** A stream is read until it has said something. */
async function read(callers: Callers, row: Endpoint, path: string) {
  const response = await call(callers, row, path, { headers: { accept: 'application/json' } })
  if (response.status >= 500) throw new Error(`${path}: ${response.status}`)
  if (!row.produces?.includes('text/event-stream')) return response.text()
  const reader = response.body?.getReader()
  for (let pieces = 0; pieces < 2; pieces++) await reader?.read()
  return reader?.cancel()
}

/** The paths of the pages, as they are routed. */
function pagePaths(): readonly string[] {
  const pages = createPages({ config: { name: 'x', origin: 'http://localhost' } } as never, async () => undefined)
  const paths = pages.routes.filter(({ method }) => method === 'GET').map(({ path }) => path)
  return [...new Set(paths)].filter((path) => !path.startsWith('/assets') && !path.includes('*'))
}

function pagesOf({ origin, person }: Callers, { request, trace, killSwitch }: Subject): Step[] {
  const values: Readonly<Record<string, string>> = { trace, audience: FORUM }
  return pagePaths().map((path) => ({
    name: `page ${path}`,
    async run() {
      const id = path.startsWith('/kill') ? killSwitch : request
      const filled = path.replace(/:(\w+)(\{[^/]*\})?/g, (_, name: string) => encodeURIComponent(values[name] ?? id))
      const response = await person(`${origin}${filled}`, { headers: { accept: 'text/html' } })
      if (response.status >= 500) throw new Error(`${path}: ${response.status}`)
      return response.text()
    },
  }))
}
