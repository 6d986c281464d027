/**
 * Stolen: an approver's session cookie.
 * It can look, deny and stop. It cannot consent, nor make itself able to.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { createHttp } from '../../src/http/app.ts'
import { type Cast, propose, startCast } from '../http/cast.ts'
import { addPasskeyTo, challengeFor, makePasskey, wire } from '../http/passkey-json.ts'
import { cookieFor } from '../http/refusals.ts'
import { expectRefusal } from '../http/watch.ts'
import { type Authenticator, createAuthenticator } from '../setup/authenticator.ts'
import { enrolBy, mustSucceed, type Person, pageOf, signedIn } from '../setup/authority.ts'

let cast: Cast
let thief: ReturnType<typeof createClient>
let thiefsKey: Authenticator
beforeAll(async () => {
  cast = await startCast()
  thief = await thiefOf(cast.ben)
  thiefsKey = await createAuthenticator(cast.authority.config)
})
afterAll(() => cast.authority.stop())

/** Somebody with the cookie, who can make calls look as if a page of ours made them. */
async function thiefOf(person: Person) {
  const cookie = await cookieFor(cast, person)
  const { origin } = cast.authority.config
  const fetch: typeof cast.authority.fetch = (url, init) => {
    const headers = new Headers(init?.headers)
    headers.set('cookie', cookie)
    return cast.authority.fetch(url, { ...init, headers })
  }
  return createClient({ origin, asPage: true, fetch })
}

describe('a stolen session', () => {
  it('looks', async () => {
    const { id } = await propose(cast.agent)
    const { requests } = mustSucceed(await thief.call('inbox'))
    expect(requests.map((request) => request.id)).toContain(id)
  })

  it('cannot consent with a passkey of its own, nor with an old signature', async () => {
    const [old, { id }] = [await propose(cast.agent), await propose(cast.agent)]
    const offer = async (request: string) =>
      String(mustSucceed(await thief.call('offerConsent', { params: { id: request } })).options['challenge'])
    const observed = wire(await cast.ben.authenticator.assert({ challenge: await offer(old.id) }))
    mustSucceed(await cast.ben.page.call('consent', { params: { id: old.id }, body: { assertion: observed } }))

    const challenge = await offer(id)
    const own = wire(await thiefsKey.assert({ challenge }))
    const dressed = { ...own, id: cast.ben.authenticator.credentialId, rawId: cast.ben.authenticator.credentialId }
    const relabelled = { ...observed, response: { ...observed.response, clientDataJSON: own.response.clientDataJSON } }
    for (const assertion of [own, dressed, relabelled, observed]) {
      expectRefusal(await thief.call('consent', { params: { id }, body: { assertion } }), 'consent_invalid')
    }
    expect(await cast.authority.store.consents(id)).toEqual([])
    expect(mustSucceed(await cast.ben.consent(id)).state).toBe('approved')
  })

  it('cannot add a passkey of its own', async () => {
    for (const id of [thiefsKey.credentialId, cast.ben.authenticator.credentialId]) {
      const { made, challenge } = mustSucceed(await makePasskey(thief, thiefsKey))
      const assertion = { ...wire(await thiefsKey.assert({ challenge })), id }
      expectRefusal(await thief.call('addPasskey', { body: { ...made, assertion } }), 'consent_invalid')
    }
    expect(mustSucceed(await thief.call('listPasskeys')).passkeys).toHaveLength(1)
  })

  it('of an admin proposes, and changes nothing', async () => {
    const admin = await thiefOf(cast.ada)
    const action = {
      name: 'countersign.agent.add',
      resource: 'agent:thief',
      arguments: { id: 'thief' },
      salt: 'A'.repeat(22),
    }
    const { id } = mustSucceed(await admin.call('openAdministration', { body: { action } }))
    expectRefusal(await admin.call('collectAdministration', { params: { id } }), 'request_pending')
    expectRefusal(await admin.call('administer', { body: { action } }), 'token_missing')
  })

  it('denies, and stops: whatever makes things safer is easy', async () => {
    const { id } = await propose(cast.agent)
    expect(mustSucceed(await thief.call('deny', { params: { id }, body: {} })).state).toBe('denied')
    const fay = await enrolBy(cast.authority, cast.ada, 'Fay')
    const hers = await thiefOf(fay)
    mustSucceed(await hers.call('revokePasskey', { params: { id: fay.authenticator.credentialId } }))
  })

  it('ends with the passkey that it was begun with, and cannot outlive it', async () => {
    const second = await addPasskeyTo(cast.ben, cast.authority.config)
    const begun = await thiefOf({ ...cast.ben, authenticator: second })
    const other = await thiefOf(cast.ben)
    mustSucceed(await begun.call('inbox'))
    mustSucceed(await cast.ben.page.call('revokePasskey', { params: { id: second.credentialId } }))
    expectRefusal(await begun.call('inbox'), 'unauthenticated')
    mustSucceed(await other.call('inbox'))
    const { sessions } = mustSucceed(await cast.ben.page.call('listSessions'))
    expect(sessions.map(({ passkey }) => passkey)).not.toContain('Second key')
  })

  it('ends no session of somebody else', async () => {
    const hers = mustSucceed(await cast.ada.page.call('listSessions')).sessions.find(({ current }) => current)
    expectRefusal(await thief.call('endSession', { params: { id: String(hers?.id) } }), 'not_found')
    mustSucceed(await cast.ada.page.call('inbox'))
  })

  it('ends with signing out, and with its time', async () => {
    const gone = await thiefOf(cast.ben)
    mustSucceed(await gone.call('signOut'))
    expectRefusal(await gone.call('inbox'), 'unauthenticated')
    const late = await thiefOf(cast.ben)
    cast.authority.advance(cast.authority.config.sessionTtlSeconds)
    expectRefusal(await late.call('inbox'), 'unauthenticated')
  })
})

describe('a thief in a hurry', () => {
  let slow: Cast
  beforeAll(async () => {
    slow = await startCast({
      settings: { COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '8', COUNTERSIGN_ANONYMOUS_CALLS_PER_MINUTE: '8' },
    })
  })
  afterAll(() => slow.authority.stop())

  it('cannot keep the owner of the same session from consenting, nor from signing in and being offered more', async () => {
    const { authority, ben, agent } = slow
    const { id } = await propose(agent)
    const challenge = await challengeFor(ben.page, id)
    const garbage = wire(await thiefsKey.assert({ challenge: 'AAAA' }))
    const mine = { ...garbage, id: ben.authenticator.credentialId }
    const until429 = async (call: () => Promise<{ status: number }>) => {
      for (let calls = 0; calls < 10; calls++) if ((await call()).status === 429) return
      expect.fail('no limit')
    }
    const params = { id }
    await until429(() => ben.page.call('offerConsent', { params }))
    await until429(() => ben.page.call('consent', { params, body: { assertion: garbage } }))
    await until429(() => ben.page.call('consent', { params, body: { assertion: mine } }))
    await until429(() => pageOf(authority).call('signIn', { body: { assertion: mine } }))
    const assertion = wire(await ben.authenticator.assert({ challenge }))
    expect(mustSucceed(await ben.page.call('consent', { params, body: { assertion } })).state).toBe('approved')
    const again = pageOf(authority)
    const { options } = mustSucceed(await again.call('signInOptions'))
    const signed = wire(await ben.authenticator.assert({ challenge: String(options['challenge']) }))
    mustSucceed(await again.call('signIn', { body: { assertion: signed } }))
    mustSucceed(await again.call('offerConsent', { params: { id: (await propose(agent)).id } }))
  })

  it('is told nothing that the ledger has to keep: calls too many are no facts', async () => {
    const { ben, agent } = slow
    const { id, trace } = await propose(agent)
    const garbage = wire(await thiefsKey.assert({ challenge: 'AAAA' }))
    for (let calls = 0; calls < 12; calls++)
      await ben.page.call('consent', { params: { id }, body: { assertion: garbage } })
    const { entries } = mustSucceed(await agent.call('trace', { params: { trace } }))
    expect(entries.filter(({ type }) => type === 'token.refused').length).toBeLessThanOrEqual(8)
  })
})

describe('the cookie', () => {
  const cookieAt = async (origin: string) => {
    const services = { ...cast.authority.services, config: { ...cast.authority.config, origin } }
    const signIn = async () => ({
      ok: true as const,
      value: {
        approver: signedIn('a', 'A', { roles: [] }),
        session: 's',
        expiresAt: 1,
      },
    })
    const app = createHttp({ ...services, people: { ...services.people, signIn } })
    const assertion = wire(await thiefsKey.assert({ challenge: 'AAAA' }))
    const headers = { origin, 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify({ assertion }) }
    return (await app.request(`${origin}/session`, init)).headers.getSetCookie()[0]
  }

  it('is out of reach for scripts and other sites', async () => {
    const cookie = await cookieAt(cast.authority.config.origin)
    for (const attribute of [/^countersign=/, /; HttpOnly/i, /; SameSite=Strict/i, /; Path=\//i]) {
      expect(cookie).toMatch(attribute)
    }
    expect(cookie).not.toMatch(/domain/i)
  })

  it('is bound to one host where there is https', async () => {
    const cookie = await cookieAt('https://approve.example')
    for (const attribute of [/^__Host-countersign=/, /; Secure/i, /; HttpOnly/i]) expect(cookie).toMatch(attribute)
  })
})
