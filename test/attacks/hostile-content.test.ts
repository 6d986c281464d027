/**
 * Hostile: the content an agent sends for approvers to read.
 * It is kept and given back exactly as it came, digested as it came, and never acts on anything.
 */
import { type ActionSpec, actionDigest, canonicalize, type JsonObject, parseJson } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, startCast, verifierFor } from '../http/cast.ts'
import { bearer } from '../http/raw.ts'
import { FORUM, mustSucceed, postAction } from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const HOSTILE = {
  'right-to-left override': '\u202eevil\u202c.exe',
  'invisible characters': 'pay\u200b10\u2060\ufeff0',
  'tag characters': 'yes\u{e0001}\u{e0041}',
  'control characters': 'a\u0000b\u001b[2Jc\r\nd',
  'decomposed letters': 'e\u0301 is not \u00e9',
  markup: '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'template words': '$(id) {{constructor.constructor("x")()}} %s %n',
  'SQL words': "'; DROP TABLE entries; --",
  'something long': 'long '.repeat(12_000),
  'all of Unicode’s planes': '\u{10ffff}\ufffe𝕏',
} as const

/** As parsed JSON holds it: a member of its own, whatever its name. */
const json = (text: string) => parseJson(text) as JsonObject
const NAMES = json(`{
  "__proto__": { "polluted": true },
  "constructor": { "prototype": { "polluted": true } },
  "toString": "no", "hasOwnProperty": 1, "": "empty", "\\u0000": "nul", "10": "ten", "9": "nine", "\u202e": "rlo"
}`)

async function shown(id: string) {
  const ben = await cast.authority.store.approver(cast.ben.id)
  if (!ben) throw new Error('Ben is gone')
  const request = await cast.authority.services.requests.show(ben, id)
  if (!request.ok) throw new Error(request.refusal.message)
  return request.value.request
}

const canonicalOf = (action: ActionSpec | null) => canonicalize(parseJson(JSON.stringify(action)))

/** Through the whole way: what is shown, consented to and verified is what was sent. */
async function survives(
  action: ActionSpec,
  more: { reason?: string; preview?: { summary: string; changes: [] } } = {},
) {
  const opened = mustSucceed(await cast.agent.propose({ body: { audience: FORUM, action, ...more } }))
  expect(opened.digest).toBe(await actionDigest(action, FORUM))
  const request = await shown(opened.id)
  expect(canonicalOf(request.action)).toBe(canonicalOf(action))
  mustSucceed(await cast.ben.consent(opened.id))
  const { token } = mustSucceed(await cast.agent.call('collectToken', { params: { id: opened.id } }))
  await verifierFor(cast, cast.forum).verify(token, action)
  return { request, token }
}

describe('hostile content', () => {
  it.each(Object.entries(HOSTILE))('comes through unchanged: %s', async (_, text) => {
    const { request } = await survives(postAction(text), {
      reason: text.slice(0, 2000),
      preview: { summary: text.slice(0, 900), changes: [] },
    })
    expect(request.action?.arguments['text']).toBe(text)
    expect(request.reason).toBe(text.slice(0, 2000))
    expect(request.preview).toMatchObject({ by: 'agent', content: { summary: text.slice(0, 900) } })
  })

  it('is data under every name', async () => {
    const { request } = await survives(postAction('x', { arguments: NAMES }))
    expect(Object.keys(request.action?.arguments ?? {}).sort()).toEqual(Object.keys(NAMES).sort())
    expect(Object.hasOwn(request.action?.arguments ?? {}, '__proto__')).toBe(true)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect('polluted' in {}).toBe(false)
  })

  it('may be a resource as well', async () => {
    const { token } = await survives(postAction('x', { resource: HOSTILE['right-to-left override'] }))
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      authorization_details: [{ resource: HOSTILE['right-to-left override'] }],
    })
  })

  it('does not choose which of two members counts', async () => {
    const { salt } = postAction()
    const twice = `{"audience":"${FORUM}","action":{"name":"forum.post","resource":"r","salt":"${salt}",
      "arguments":{"amount":1,"amount":1000}}}`
    const headers = { ...bearer(cast.agentSecret), 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: twice }
    const response = await cast.authority.fetch(`${cast.authority.config.origin}/requests`, init)
    expect(response.status).toBe(400)
  })

  it('stands in no entry of the ledger, no log line and no refusal', async () => {
    const secret = 'a-text-that-nobody-may-keep'
    const { request } = await survives(postAction(secret, { resource: `r:${secret}` }), { reason: secret })
    const entries = await cast.authority.store.entriesOfTrace(request.trace)
    expect(entries.length).toBeGreaterThan(4)
    for (const { body } of entries) expect(body).not.toContain(secret)
    expect(JSON.stringify(cast.authority.logs)).not.toContain(secret)
    const denied = await cast.agent.propose({
      body: { audience: FORUM, action: postAction(secret, { name: 'forum.launch', resource: secret }) },
    })
    expect(JSON.stringify(denied)).not.toContain(secret)
  })
})
