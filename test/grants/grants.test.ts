/** Grants through the real HTTP application: a person consents once, and a bounded series of calls runs. */
import { parseNoteKey } from '@countersign/verifier/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { httpSource } from '../../src/audit/log/source.ts'
import { nodeCrypto } from '../audit/world.ts'
import { cookieFor } from '../http/refusals.ts'
import { settle } from '../ledger/ground.ts'
import { administer, enrolBy, mustSucceed } from '../setup/authority.ts'
import { ask, askGrant, type Ground, grant, present, session, startGround, tokenFor, writing } from './ground.ts'

const releaseOf = (id: string) => ({
  name: 'countersign.killswitch.release',
  resource: `killswitch:${id}`,
  arguments: { id, reason: 'Over' },
})

/** What an auditor finds in this authority's ledger. */
async function auditOf({ authority, ada }: Ground) {
  const credential = { kind: 'auditor', subject: 'revision', expires_in_days: 1 }
  const added = await administer(authority, ada, {
    name: 'countersign.credential.add',
    resource: 'credential:auditor:revision',
    arguments: credential,
  })
  // Until then the texts of live tokens are not served.
  authority.advance(700)
  await settle(authority.services.ledger, authority.store)
  const key = await parseNoteKey(String(authority.services.discovery.metadata()['log_vkey']))
  const fetch = (input: string | URL | Request, init?: RequestInit) => authority.fetch(String(input), init)
  const source = httpSource({ url: authority.config.origin, fetch, credential: String(added.credential) })
  return audit({ source, key, kept: [], crypto: nodeCrypto, now: authority.now() })
}

describe.each(['pglite', 'postgres'] as const)('a grant on %s', (database) => {
  let ground: Ground
  beforeAll(async () => {
    ground = await startGround({ database })
  })
  afterAll(() => ground.authority.stop())

  it('lets as many calls through as a person consented to, each once, and asks them again after that', async () => {
    const id = await grant(ground, { uses: 2, action: session('budget') })
    for (const path of ['src/a.ts', 'src/b/c.ts']) {
      const call = writing(path, { text: 'budget' })
      const token = await tokenFor(ground, call)
      const approval = await present(ground, token, call)
      expect(approval).toMatchObject({ origin: 'human', approvers: [ground.ada.id] })
      await expect(present(ground, token, call)).rejects.toMatchObject({ code: 'token_redeemed' })
    }
    expect(mustSucceed(await ask(ground, writing('src/d.ts', { text: 'budget' })))).toMatchObject({ state: 'pending' })
    const seen = mustSucceed(await ground.agent.call('viewRequest', { params: { id } }))
    expect(seen).toMatchObject({ state: 'approved', used: 2, bounds: { uses: 2 } })
  })

  it('is named with its approvers wherever a call under it is told', async () => {
    const { authority, ada } = ground
    const id = await grant(ground, { uses: 2, action: session('told') })
    const call = mustSucceed(await ask(ground, writing('src/told.ts', { text: 'told' })))
    const { request } = mustSucceed(await ada.page.call('requestContent', { params: { id: call.id } }))
    expect(request).toMatchObject({ grant: id, consented_by: [{ approver: ada.id, on_behalf_of: null }] })
    const filter = { query: { approver: ada.id, limit: '200' } }
    const listed = mustSucceed(await ada.page.call('listRequests', filter)).requests
    expect(listed.map((one) => one.id)).toEqual(expect.arrayContaining([id, call.id]))
    const cookie = await cookieFor(ground, ada)
    const pageOf = async (path: string) =>
      (await authority.fetch(`${authority.config.origin}${path}`, { headers: { accept: 'text/html', cookie } })).text()
    for (const path of [`/requests/${call.id}`, `/approve/${call.id}`, `/ledger/traces/${call.trace}`])
      expect(await pageOf(path)).toContain(`href="/requests/${id}"`)
    expect(await pageOf(`/ledger/traces/${call.trace}`)).toContain('Approved under a grant')
    expect(await pageOf(`/approve/${id}`)).toContain('Details of what was signed')
    expect(await pageOf(`/approve/${call.id}`)).not.toContain('Details of what')
  })

  it('asks a person for a call outside its bounds', async () => {
    await grant(ground, { action: session('bounds') })
    for (const call of [
      writing('lib/a.ts', { text: 'bounds' }),
      writing('src/../a.ts', { text: 'bounds' }),
      writing('src/a.ts', { text: 'bounds', mode: 7 }),
    ])
      expect(mustSucceed(await ask(ground, call))).toMatchObject({ state: 'pending' })
  })

  it('ends at once when a person ends it: neither the token that is out nor a further call runs', async () => {
    const id = await grant(ground, { action: session('ended') })
    const call = writing('src/a.ts', { text: 'ended' })
    const token = await tokenFor(ground, call)
    const ended = await ground.ada.page.call('revokeRequest', { params: { id } })
    mustSucceed(ended)
    await expect(present(ground, token, call)).rejects.toMatchObject({ code: 'token_revoked' })
    expect(mustSucceed(await ask(ground, writing('src/b.ts', { text: 'ended' })))).toMatchObject({ state: 'pending' })
    const again = await ground.ada.page.call('revokeRequest', { params: { id } })
    expect(again).toMatchObject({ ok: false, problem: { code: 'not_found' } })
  })

  it('ends for good with a kill switch, whoever releases that', async () => {
    const id = await grant(ground, { action: session('killed') })
    const call = writing('src/a.ts', { text: 'killed' })
    const token = await tokenFor(ground, call)
    const selector = { request: id }
    const engaged = mustSucceed(
      await ground.ada.page.call('engageKillSwitch', { body: { selector, reason: 'Enough' } }),
    )
    await expect(present(ground, token, call)).rejects.toMatchObject({
      code: expect.stringMatching(/killed|token_revoked/),
    })
    await administer(ground.authority, ground.ada, releaseOf(engaged.id))
    await expect(present(ground, token, call)).rejects.toMatchObject({ code: 'token_revoked' })
    expect(mustSucceed(await ask(ground, writing('src/b.ts', { text: 'killed' })))).toMatchObject({ state: 'pending' })
    expect(mustSucceed(await ground.agent.call('viewRequest', { params: { id } }))).toMatchObject({ state: 'stopped' })
  })

  it('ends with the passkey that consented', async () => {
    const { authority, ada, agent } = ground
    const ben = await enrolBy(authority, ada, 'Ben')
    const opened = mustSucceed(await askGrant(ground, { action: session('passkey') }))
    mustSucceed(await ben.consent(opened.id))
    const call = writing('src/a.ts', { text: 'passkey' })
    const token = await tokenFor(ground, call)
    const [passkey] = mustSucceed(await ben.page.call('listPasskeys')).passkeys
    mustSucceed(await ben.page.call('revokePasskey', { params: { id: String(passkey?.id) } }))
    await expect(present(ground, token, call)).rejects.toMatchObject({ code: 'consent_invalid' })
    expect(mustSucceed(await agent.call('viewRequest', { params: { id: opened.id } }))).toMatchObject({
      state: 'pending',
    })
  })

  it('leaves no fact without its cause', async () => {
    const { findings } = await auditOf(ground)
    expect(findings).toEqual([])
  })
})
