/**
 * Makes calls as a page of the authority makes them: with its cookies, from its own origin.
 *
 * Not a cookie store for the web: it knows one origin, and neither paths nor domains. Browsers do all of this
 * themselves; it is for programs that stand in for one.
 */
import type { Fetch } from './agent/exchange.ts'

/** Cookies live as long as the returned function. */
export function fetchAsPage(origin: string, fetch: Fetch): Fetch {
  const jar = new Map<string, string>()
  return async (url, init) => {
    const headers = new Headers(init.headers)
    if (!headers.has('Origin')) headers.set('Origin', origin)
    if (!headers.has('Sec-Fetch-Site')) headers.set('Sec-Fetch-Site', 'same-origin')
    if (jar.size > 0) headers.set('Cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers })
    for (const cookie of response.headers.getSetCookie()) keep(jar, cookie)
    return response
  }
}

function keep(jar: Map<string, string>, cookie: string): void {
  const [pair = '', ...attributes] = cookie.split(';')
  const [name = '', ...value] = pair.split('=')
  const ended = attributes.some((attribute) => /^\s*max-age=(0|-\d+)\s*$/i.test(attribute))
  if (ended) jar.delete(name.trim())
  else jar.set(name.trim(), value.join('=').trim())
}
