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
  /** Resolves to what was read. */
  readonly run: () => Promise<string>
}

const NOBODY = 'A'.repeat(22)
/** Of the largest bodies that are read. */
export const FULL_BYTES = 256 * 1024 - 64
const fill = (unit: string) => unit.repeat(Math.floor(FULL_BYTES / Buffer.byteLength(unit)))
const list = (each: (at: number) => string, count: number) =>
  Array.from({ length: count }, (_, at) => each(at)).join(',')

/** Bodies at the limit of their size, each slow for another part of a parser. */
const BODIES: readonly (readonly [name: string, text: string])[] = [
  ['many members', `{${list((at) => `"${at.toString(36).padStart(5, '0')}":0`, 25_000)}}`],
  ['many numbers', `{"action":[${fill('0,').slice(0, -12)}0]}`],
  ['many nested lists', `{"action":[${'[[[]]],'.repeat(16_600)}"${'a'.repeat(FULL_BYTES - 116_300)}"]}`],
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
      .slice(0, FULL_BYTES),
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

const all = Object.entries<Endpoint>(endpoints)

/** What can be read of a request, and beside it. */
export const readingSteps = (callers: Callers, subject: Subject): readonly Step[] => [
  ...all.filter(([, { method }]) => method === 'GET').flatMap(([id, row]) => readsOf(callers, subject, id, row)),
  ...pagesOf(callers, subject),
]

/** Bodies of no meaning, to every endpoint that takes one. */
export const writingSteps = (callers: Callers, subject: Subject): readonly Step[] =>
  all.filter(([, { method }]) => method !== 'GET').flatMap(([id, row]) => writesOf(callers, subject, id, row))

function readsOf(callers: Callers, subject: Subject, id: string, row: Endpoint): Step[] {
  const path = filledIn(row.path, subject)
  const queries = row.query ? ['', queryOf(id, subject), ...longestOf(row.query)] : ['']
  return queries.map((query) => ({
    name: `${id}${query}`,
    run: () => read(callers, row, `${path}${query}`),
  }))
}

const queryOf = (id: string, { trace }: Subject): string =>
  id === 'activity' ? '?from=0&to=2000000000&buckets=200' : id === 'listRequests' ? '' : `?trace=${trace}&words=a+x+0`

/** As much as one answer may list. */
const longestOf = (query: NonNullable<Endpoint['query']>): readonly string[] =>
  [500, 200, 100]
    .filter((limit) => query.safeParse({ limit: String(limit) }).success)
    .slice(0, 1)
    .map((limit) => `?limit=${limit}`)

function writesOf(callers: Callers, { trace }: Subject, id: string, row: Endpoint): Step[] {
  const path = filledIn(row.path, { request: NOBODY, trace, jti: NOBODY, killSwitch: NOBODY })
  const bodies = row.body ? BODIES : row.form ? FORMS : [['nothing', ''] as const]
  const type = row.form ? 'application/x-www-form-urlencoded' : 'application/json'
  return bodies.map(([name, text]) => ({
    name: `${id} of ${name}`,
    async run() {
      const headers = { ...HEADERS, origin: callers.origin, ...(text === '' ? {} : { 'content-type': type }) }
      const init = { method: row.method, headers, ...(text === '' ? {} : { body: text }) }
      const sent = ENDS_SESSION.includes(id) ? fetch(`${callers.origin}${path}`, init) : call(callers, row, path, init)
      return firstOf(sent)
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

/** An answer of the server's own fault is none. */
export async function firstOf(sent: Promise<Response>): Promise<string> {
  const answer = await sent
  if (answer.status >= 500) throw new Error(`${answer.url}: ${answer.status}`)
  return answer.text()
}

/** A stream is read for as long as it has something to say at once. */
async function read(callers: Callers, row: Endpoint, path: string) {
  const response = await call(callers, row, path, { headers: { accept: 'application/json' } })
  if (response.status >= 500) throw new Error(`${path}: ${response.status}`)
  if (!row.produces?.includes('text/event-stream')) return response.text()
  return response.body ? firstWordsOf(response.body.pipeThrough(new TextDecoderStream()).getReader()) : ''
}

const PATIENCE_MS = 50

async function firstWordsOf(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let words = (await reader.read()).value ?? ''
  const more = async () => (await reader.read()).value
  for (let next = await soon(more()); next !== undefined; next = await soon(more())) words += next
  await reader.cancel()
  return words
}

const soon = <T>(value: Promise<T>): Promise<T | undefined> =>
  Promise.race([value, new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS))])

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
