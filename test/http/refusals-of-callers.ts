/**
 * Who may call what: every endpoint against everybody it is not for.
 *
 * The kinds are read off the endpoint table, so a new row is held to them without a line here.
 */
import { describe, expect, it } from 'vitest'
import { type EndpointId, endpoints } from '../../src/api/endpoints.ts'
import { bearer, callersOf, callRaw, ENDPOINT_IDS, fromOwnPage, isOAuth, isUnsafe, pathOf } from './raw.ts'
import type { Refusals } from './refusals.ts'

const CREDENTIALS = ['agent', 'executor', 'operator', 'auditor'] as const

const guarded = ENDPOINT_IDS.filter((id) => callersOf(id).length > 0)
const takesSession = (id: EndpointId) => callersOf(id).some((kind) => kind === 'session' || kind === 'admin')
const cookieEndpoints = guarded.filter((id) => takesSession(id) && isUnsafe(id))
const open = ENDPOINT_IDS.filter((id) => callersOf(id).length === 0)

export function refusalsOfCallers(given: () => Refusals): void {
  const codeOf = async (response: Response) => ({ status: response.status, code: (await response.json()).code })
  const unauthenticated = { status: 401, code: 'unauthenticated' }
  const forbidden = { status: 403, code: 'forbidden' }

  describe('a call to something guarded', () => {
    it.each(guarded)('%s needs somebody', async (id) => {
      const expected = takesSession(id) && isUnsafe(id) ? forbidden : unauthenticated
      expect(await codeOf(await callRaw(given().cast, id))).toMatchObject(expected)
      const fromPage = await callRaw(given().cast, id, { headers: fromOwnPage(given().cast) })
      expect(await codeOf(fromPage)).toEqual(unauthenticated)
    })

    it.each(guarded)('%s takes no unknown credential', async (id) => {
      const unknown = `cs_${id === 'redeem' ? 'executor' : 'agent'}_${'x'.repeat(43)}`
      const headers = { ...bearer(unknown), 'content-type': 'application/json' }
      const body = id === 'redeem' ? JSON.stringify({ token: await given().liveToken() }) : undefined
      expect(await codeOf(await callRaw(given().cast, id, { headers, body }))).toEqual(unauthenticated)
    })

    it.each(guarded)('%s takes no doubled Authorization', async (id) => {
      const { cast, credentials } = given()
      const headers = { authorization: `Bearer ${credentials.operator}, Bearer ${credentials.agent}` }
      const expected = takesSession(id) && isUnsafe(id) ? forbidden : unauthenticated
      expect(await codeOf(await callRaw(cast, id, { headers }))).toEqual(expected)
    })

    it.each(guarded)('%s is only for its own kinds of credential', async (id) => {
      const { cast, credentials } = given()
      for (const kind of CREDENTIALS.filter((one) => !callersOf(id).includes(one))) {
        const answer = await codeOf(await callRaw(cast, id, { headers: bearer(credentials[kind]) }))
        // OAuth knows unauthorized_client, as a bad request.
        const refused = id === 'redeem' ? unauthenticated : isOAuth(id) ? { ...forbidden, status: 400 } : forbidden
        expect({ kind, ...answer }).toEqual({ kind, ...refused })
      }
    })
  })

  describe('a session cookie', () => {
    const foreign = [
      ['no Origin', {}],
      ['a foreign Origin', { origin: 'https://evil.example' }],
      ['the Origin “null”', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
      ['two Origins', { origin: 'OWN, OWN' }],
      ['our Origin, but cross-site', { origin: 'OWN', 'sec-fetch-site': 'cross-site' }],
      ['our Origin, but from a sibling site', { origin: 'OWN', 'sec-fetch-site': 'same-site' }],
    ] as const

    it.each(cookieEndpoints)('does nothing at %s from a foreign page', async (id) => {
      const { cast, cookies } = given()
      for (const [what, headers] of foreign) {
        const own = Object.entries(headers).map(([k, v]) => [k, v.replaceAll('OWN', cast.authority.config.origin)])
        const answer = await callRaw(cast, id, { headers: { ...Object.fromEntries(own), cookie: cookies.admin } })
        expect({ what, ...(await codeOf(answer)) }).toEqual({ what, ...forbidden })
      }
    })

    it.each(guarded.filter((id) => callersOf(id).includes('admin')))('of no admin is refused at %s', async (id) => {
      const { cast, cookies } = given()
      const headers = { ...fromOwnPage(cast), cookie: cookies.approver }
      expect(await codeOf(await callRaw(cast, id, { headers }))).toEqual(forbidden)
    })

    it.each(guarded.filter((id) => !takesSession(id)))('is worth nothing at %s', async (id) => {
      const { cast, cookies } = given()
      const headers = { ...fromOwnPage(cast), cookie: cookies.admin }
      expect(await codeOf(await callRaw(cast, id, { headers }))).toMatchObject(unauthenticated)
    })

    it.each(['short', 'z'.repeat(43), ''])('of another value (%s) is nobody’s', async (secret) => {
      const headers = { ...fromOwnPage(given().cast), cookie: `countersign=${secret}` }
      expect(await codeOf(await callRaw(given().cast, 'inbox', { headers }))).toEqual(unauthenticated)
    })
  })

  describe('what is open to all', () => {
    it.each(open.filter(isUnsafe))('%s still answers our own pages only', async (id) => {
      const headers = { origin: 'https://evil.example' }
      expect(await codeOf(await callRaw(given().cast, id, { headers }))).toEqual(forbidden)
    })

    it.each(open.filter((id) => !isUnsafe(id) && id !== 'statusList'))('%s minds no credential', async (id) => {
      for (const secret of ['nonsense', given().credentials.executor]) {
        expect((await callRaw(given().cast, id, { headers: bearer(secret) })).status).toBe(200)
      }
    })
  })

  it.each(['PUT', 'PATCH', 'DELETE', 'GET', 'POST'])(
    'no path does anything for %s that the table does not name',
    async (method) => {
      const { cast, credentials } = given()
      const named = ENDPOINT_IDS.filter((id) => endpoints[id].method === method).map(pathOf)
      // A page whoever asks. Pages for browsers alone are nothing to a program.
      const pages = method === 'GET' ? ['/passkeys', '/absence'] : []
      const others = new Set(ENDPOINT_IDS.map(pathOf).filter((path) => ![...named, ...pages].includes(path)))
      const methodsOf = (path: string) =>
        ENDPOINT_IDS.filter((id) => pathOf(id) === path).map((id) => endpoints[id].method)
      for (const path of others) {
        // Two paths of the table may meet: DELETE /agents/options is an agent of that name.
        if (
          method === 'DELETE' &&
          /^\/(passkeys|agents|executors|credentials|tokens|requests|webhooks)\/[^/]+$/.test(path)
        )
          continue
        const init = { method, headers: bearer(credentials.operator) }
        const response = await cast.authority.fetch(cast.authority.config.origin + path, init)
        const allowed = response.headers.get('allow')?.split(', ')
        expect({ path, ...(await codeOf(response)) }).toEqual({ path, status: 405, code: 'invalid_request' })
        expect(allowed).toEqual(expect.arrayContaining(methodsOf(path)))
        expect(allowed?.includes('HEAD')).toBe(allowed?.includes('GET'))
        expect(allowed).not.toContain(method)
      }
    },
  )
}
