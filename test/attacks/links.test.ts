/**
 * Hostile: a link in a mail, a chat or a push.
 * It carries no authority: opening it, whoever is signed in, changes nothing at all.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast } from '../http/cast.ts'
import { everything } from '../http/database.ts'
import { bearer, ENDPOINT_IDS, pathOf } from '../http/raw.ts'
import { cookieFor } from '../http/refusals.ts'
import { invitationFor, mustSucceed, OPERATOR } from '../setup/authority.ts'

let cast: Cast
let ids: readonly string[]
let cookies: readonly string[]
beforeAll(async () => {
  cast = await startCast()
  const { request, jti } = await approvedToken(cast.agent, cast.ben)
  const waiting = await propose(cast.agent)
  const invitation = await invitationFor(cast.ada, 'Gus')
  ids = [waiting.id, request.id, jti, waiting.trace, 'helpdesk-agent', cast.ben.authenticator.credentialId, invitation]
  cookies = [await cookieFor(cast, cast.ada), await cookieFor(cast, cast.ben)]
})
afterAll(() => cast.authority.stop())

const PAGES = ['/', '/approve/:id', '/enrol', '/sign-in', '/sign-in?to=/approve/x', '/docs', '/inbox/list', '/passkeys']
const MORE_PAGES = [
  '/people',
  '/agents',
  '/favicon.ico',
  '/approvals/:id/consent?assertion=x',
  '/approve/:id?consent=yes',
]

/** Every path there is, with every id there is in it. */
function links(): string[] {
  const patterns = [...ENDPOINT_IDS.map((id) => pathOf(id).replaceAll('A'.repeat(22), ':id')), ...PAGES, ...MORE_PAGES]
  return [...new Set(patterns.flatMap((path) => ids.map((id) => path.replaceAll(':id', encodeURIComponent(id)))))]
}

/** But for when a credential was last used, which is no fact. */
async function facts() {
  const { credentials: _, ...tables } = await everything(cast.authority)
  return tables
}

describe('a link', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('opened with %s, by anybody, changes nothing', async (method) => {
    const { origin } = cast.authority.config
    const before = await facts()
    const callers = [{}, ...cookies.map((cookie) => ({ cookie })), bearer(cast.agentSecret), bearer(OPERATOR)]
    for (const caller of callers) {
      for (const accept of ['text/html', 'application/json']) {
        const headers = { ...caller, accept }
        const open = async (path: string) => {
          const { status, headers: said } = await cast.authority.app.request(origin + path, { method, headers })
          // Whoever reads what is in force while entries arrive is asked to come again.
          return status < 500 || said.has('retry-after') ? [] : [path]
        }
        expect((await Promise.all(links().map(open))).flat()).toEqual([])
      }
    }
    expect(await facts()).toEqual(before)
    expect(cast.authority.logs.filter(({ event }) => event === 'bug')).toEqual([])
  })

  it('opened by a page elsewhere is not even signed in with', async () => {
    const { origin } = cast.authority.config
    const [id = ''] = ids
    const form = { method: 'POST', headers: { cookie: cookies[1] ?? '', 'content-type': 'text/plain' }, body: '{}' }
    const { status } = await cast.authority.fetch(`${origin}/approvals/${id}/deny`, form)
    expect(status).toBe(403)
    expect(mustSucceed(await cast.agent.call('viewRequest', { params: { id } })).state).toBe('pending')
  })

  it('to enrol holds its secret where no server sees it, and works once', async () => {
    const link = new URL(ids.at(-1) ?? '')
    expect(link.pathname).toBe('/enrol')
    expect(link.search).toBe('')
    expect(link.hash).toMatch(/^#[A-Za-z0-9_-]{43}$/)
  })

  it('to an approval names the request and nothing else', async () => {
    const { approval_uri, id } = await propose(cast.agent)
    expect(approval_uri).toBe(`${cast.authority.config.origin}/approve/${id}`)
    const response = await cast.authority.app.request(approval_uri, { headers: { accept: 'text/html' } })
    expect([303, 401]).toContain(response.status)
    expect(await response.text()).not.toContain('forum.post')
  })
})
