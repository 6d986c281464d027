/** The second after a person left, by removal or by the word of a directory, their cookie opens no endpoint and no page. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Endpoint } from '../../src/api/endpoint.ts'
import { endpoints } from '../../src/api/endpoints.ts'
import { type Cast, startCast } from '../http/cast.ts'
import { cookieFor } from '../http/refusals.ts'
import { createUser, enrolProvisioned, patch, type Scim, startDirectory } from '../scim/ground.ts'
import { administer, enrolBy } from '../setup/authority.ts'

let cast: Cast
let scim: Scim
const cookies = { removed: '', deactivated: '' }
beforeAll(async () => {
  cast = await startCast()
  scim = await startDirectory(cast)
  const eve = await enrolBy(cast.authority, cast.ada, 'Eve', ['approver', 'admin', 'auditor'])
  const id = await createUser(scim, 'fay@example.com')
  const fay = await enrolProvisioned(cast, id, 'Fay')
  await administer(cast.authority, cast.ada, {
    name: 'countersign.approver.update',
    resource: `approver:${id}`,
    arguments: { approver: id, replaces: ['approver'], roles: ['approver', 'admin', 'auditor'] },
  })
  cookies.removed = await cookieFor(cast, eve)
  cookies.deactivated = await cookieFor(cast, fay)
  for (const cookie of Object.values(cookies)) {
    expect((await call('GET', '/inbox', cookie)).status).toBe(200)
    expect((await page('/people', cookie)).status).toBe(200)
  }
  await administer(cast.authority, cast.ada, {
    name: 'countersign.approver.remove',
    resource: `approver:${eve.id}`,
    arguments: { approver: eve.id },
  })
  const off = await scim('PATCH', `/Users/${id}`, patch({ op: 'Replace', path: 'active', value: 'False' }))
  expect(off.status).toBe(200)
})
afterAll(() => cast.authority.stop())

const origin = () => cast.authority.config.origin

function call(method: string, path: string, cookie: string) {
  const own = { origin: origin(), 'sec-fetch-site': 'same-origin', accept: 'application/json' }
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }
  const headers = { ...own, cookie, 'content-type': 'application/json' }
  return cast.authority.app.request(`${origin()}${path}`, { method, headers, ...body })
}

const page = (path: string, cookie: string) =>
  cast.authority.app.request(`${origin()}${path}`, { headers: { cookie, accept: 'text/html' } })

const forPeople = Object.entries<Endpoint>(endpoints).filter(([, { session }]) => session !== undefined)
const pathOf = ({ path }: Endpoint) => path.replace(/:\w+/g, 'A'.repeat(22))

describe.each(['removed', 'deactivated'] as const)('of somebody who was %s', (how) => {
  it.each(forPeople)('the cookie does not open %s', async (_, endpoint) => {
    const answer = await call(endpoint.method, pathOf(endpoint), cookies[how])
    expect(answer.status).toBe(401)
    expect((await answer.json()).code).toBe('unauthenticated')
  })

  const PAGES = [
    '/',
    '/requests',
    '/ledger',
    '/people',
    '/groups',
    '/directories',
    '/agents',
    '/passkeys',
    '/notifications',
    '/webhooks',
    '/review',
    '/tasks',
    '/kill',
    '/policy/workbench',
    `/approve/${'A'.repeat(22)}`,
    `/people/${'A'.repeat(22)}`,
  ]
  it.each(PAGES)('the cookie does not open the page %s', async (path) => {
    const answer = await page(path, cookies[how])
    const text = await answer.text()
    expect([302, 303, 401, 404].includes(answer.status) || text.includes('Sign in')).toBe(true)
    for (const name of ['Ada Admin', 'Ben Approver', 'helpdesk-agent']) expect(text).not.toContain(name)
  })
})
