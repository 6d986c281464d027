/**
 * Calls to the JSON endpoints of this origin, which never throw. The browser sends the session cookie; the server
 * checks Origin and Sec-Fetch-Site.
 */

export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly message: string }

interface Call {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

const UNREACHABLE = {
  ok: false,
  code: 'unreachable',
  message:
    'The server did not answer, and may have received this all the same. Check your connection, then reload the page before you try again.',
} as const

export async function call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, options: Call = {}): Promise<Reply<T>> {
  const sends = method === 'POST'
  try {
    const response = await fetch(path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(sends ? { 'Content-Type': 'application/json' } : {}),
        ...options.headers,
      },
      ...(sends ? { body: JSON.stringify(options.body ?? {}) } : {}),
      signal: options.signal ?? null,
    })
    if (response.status === 304) return { ok: false, code: 'not_modified', message: '' }
    const value = response.status === 204 ? undefined : await response.json()
    if (response.ok) return { ok: true, value }
    return { ok: false, ...sentenceOf(value, response) }
  } catch {
    return UNREACHABLE
  }
}

interface Problem {
  readonly code?: string
  readonly detail?: string
}

function sentenceOf(problem: Problem | undefined, response: Response): { code: string; message: string } {
  const code = problem?.code ?? 'unreachable'
  if (code === 'unauthenticated') return { code, message: 'You are signed out. Reload the page and sign in again.' }
  if (code === 'rate_limited') {
    const seconds = response.headers.get('Retry-After')
    return { code, message: `Too many requests. Try again ${seconds ? `in ${seconds} seconds` : 'in a moment'}.` }
  }
  return { code, message: problem?.detail ?? UNREACHABLE.message }
}
