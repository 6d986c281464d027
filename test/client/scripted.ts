/** An authority that answers what the test wrote down, in order, and remembers what it was asked. */
import type { Fetch } from '../../src/client/client.ts'

export interface Asked {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: string | undefined
}

export function scripted(...answers: (Response | Error)[]): { fetch: Fetch; asked: Asked[] } {
  const asked: Asked[] = []
  const fetch: Fetch = async (url, init) => {
    const body = typeof init.body === 'string' ? init.body : undefined
    asked.push({ url, method: init.method ?? 'GET', headers: new Headers(init.headers), body })
    const answer = answers.shift()
    if (answer === undefined) throw new Error(`no answer left for ${url}`)
    if (answer instanceof Error) throw answer
    return answer
  }
  return { fetch, asked }
}

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(value), { status, headers: { 'Content-Type': 'application/json', ...headers } })

export const problem = (code: string, status: number, headers: Record<string, string> = {}) =>
  json({ type: 'about:blank', title: code, status, code, detail: 'Do something else.' }, status, {
    'Content-Type': 'application/problem+json',
    ...headers,
  })

export const oauthError = (error: string, code?: string) =>
  json({ error, error_description: 'As the draft says.', code }, 400)

export const lostConnection = () => new TypeError('fetch failed')

export const collected = { token: 'a.b.c', expires_at: 1_800_000_000, jti: 'AAAAAAAAAAAAAAAAAAAAAA' }
