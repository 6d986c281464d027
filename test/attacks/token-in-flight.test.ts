/**
 * Stolen: an approval token in flight.
 * It is good for this one action, once, at this executor, for seconds; for nothing at all when it is bound to a key.
 */
import { createHash } from 'node:crypto'
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvedToken, type Cast, propose, startCast, verifierFor, WIKI } from '../http/cast.ts'
import { dpopKey } from '../http/dpop.ts'
import { expectRefusal } from '../http/watch.ts'
import { FORUM, mustSucceed, startAuthority } from '../setup/authority.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

const callOf = ({ action: { salt: _, ...call } }: Awaited<ReturnType<typeof approvedToken>>) => call

describe('a stolen token', () => {
  it('is refused at another executor, by its verifier and by the authority', async () => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const elsewhere = verifierFor(cast, cast.wiki).verify(approved.token, callOf(approved))
    await expect(elsewhere).rejects.toMatchObject({ code: 'token_audience' })
    expectRefusal(await cast.wiki.client.call('redeem', { body: { token: approved.token } }), 'token_audience')
    await verifierFor(cast, cast.forum).verify(approved.token, callOf(approved))
  })

  it('is refused for another call', async () => {
    const approved = await approvedToken(cast.agent, cast.ben)
    const other = { ...callOf(approved), resource: 'forum:eng/threads/1' }
    const verifier = verifierFor(cast, cast.forum)
    await expect(verifier.verify(approved.token, other)).rejects.toMatchObject({ code: 'action_mismatch' })
    await verifier.verify(approved.token, callOf(approved))
  })

  it('does not become a second token by changing its signature', async () => {
    const { token } = await approvedToken(cast.agent, cast.ben)
    const twin = malleated(token)
    expect(twin).not.toBe(token)
    mustSucceed(await cast.forum.client.call('redeem', { body: { token: twin } }))
    expectRefusal(await cast.forum.client.call('redeem', { body: { token } }), 'token_redeemed')
  })

  it('is over in seconds', async () => {
    const approved = await approvedToken(cast.agent, cast.ben)
    expect(approved.expires_at - cast.authority.now()).toBeLessThanOrEqual(120)
    cast.authority.advance(125)
    const late = verifierFor(cast, cast.forum).verify(approved.token, callOf(approved))
    await expect(late).rejects.toMatchObject({ code: 'token_expired' })
    expectRefusal(await cast.forum.client.call('redeem', { body: { token: approved.token } }), 'token_expired')
  })

  it('lets nobody look at the request it came from', async () => {
    const { token, request } = await approvedToken(cast.agent, cast.ben)
    const { origin } = cast.authority.config
    for (const path of [`/requests/${request.id}`, `/traces/${request.trace}`]) {
      const response = await cast.authority.fetch(origin + path, { headers: { authorization: `Bearer ${token}` } })
      expect(response.status).toBe(401)
    }
  })
})

describe('a stolen token that is bound to a key', () => {
  const URL_OF_CALL = `${FORUM}/posts`

  const keyPair = () => dpopKey(() => cast.authority.now())
  const ath = (token: string) => createHash('sha256').update(token).digest('base64url')

  async function bound() {
    const key = await keyPair()
    const request = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(request.id))
    const url = `${cast.authority.config.origin}/requests/${request.id}/token`
    const collect = async (headers: Record<string, string> = {}) =>
      cast.agent.call('collectToken', { params: { id: request.id }, headers })
    const { token } = mustSucceed(await collect({ dpop: await key.proof('POST', url) }))
    const { salt: _, ...call } = request.action
    return { key, token, call, collect, url }
  }

  it('is worth nothing without a proof, with another key’s, or with one for another token', async () => {
    const { key, token, call } = await bound()
    const thief = await keyPair()
    const verifier = verifierFor(cast, cast.forum)
    const present = (proof: string | undefined, scheme: 'DPoP' | 'Bearer' = 'DPoP') => {
      const dpop = { method: 'POST', url: URL_OF_CALL, scheme, ...(proof === undefined ? {} : { proof }) }
      return verifier.verify(token, call, { dpop })
    }
    const refused = { code: 'proof_of_possession' }
    await expect(verifier.verify(token, call)).rejects.toMatchObject(refused)
    await expect(present(undefined)).rejects.toMatchObject(refused)
    await expect(present(await thief.proof('POST', URL_OF_CALL, { ath: ath(token) }))).rejects.toMatchObject(refused)
    await expect(present(await key.proof('POST', URL_OF_CALL, { ath: ath('other') }))).rejects.toMatchObject(refused)
    await expect(present(await key.proof('GET', URL_OF_CALL, { ath: ath(token) }))).rejects.toMatchObject(refused)
    await expect(present(await key.proof('POST', `${WIKI}/posts`, { ath: ath(token) }))).rejects.toMatchObject(refused)
    const honest = await key.proof('POST', URL_OF_CALL, { ath: ath(token) })
    await expect(present(honest, 'Bearer')).rejects.toMatchObject(refused)
    await expect(present(honest)).resolves.toMatchObject({ origin: 'human' })
    await expect(present(honest)).rejects.toMatchObject(refused)
  })

  it('cannot be collected again without its key, or with another', async () => {
    const { collect, url, key } = await bound()
    const thief = await keyPair()
    expectRefusal(await collect(), 'proof_of_possession')
    expectRefusal(await collect({ dpop: await thief.proof('POST', url) }), 'proof_of_possession')
    mustSucceed(await collect({ dpop: await key.proof('POST', url) }))
  })

  it('is collected once with one proof, at whichever process, also where policy allows at once', async () => {
    const { collect, url, key } = await bound()
    const proof = await key.proof('POST', url)
    mustSucceed(await collect({ dpop: proof }))
    expectRefusal(await collect({ dpop: proof }), 'proof_of_possession')
    const { config, databaseUrl } = cast.authority
    const second = await startAuthority({
      databaseUrl: String(databaseUrl),
      settings: { COUNTERSIGN_ORIGIN: config.origin },
    })
    const elsewhere = second.client(cast.agentSecret)
    const params = { id: String(url.split('/').at(-2)) }
    expectRefusal(await elsewhere.call('collectToken', { params, headers: { dpop: proof } }), 'proof_of_possession')
    await second.stop()
    const dpop = await key.proof('POST', `${config.origin}/requests`)
    const read = async () => {
      const action = { name: 'forum.read', resource: 'forum:eng', arguments: {}, salt: newSalt() }
      return cast.agent.call('openRequest', { body: { audience: FORUM, action }, headers: { dpop } })
    }
    expect(mustSucceed(await read()).token).toMatch(/^eyJ/)
    expectRefusal(await read(), 'proof_of_possession')
  })

  it('changes nothing at the authority without a fresh proof by its key', async () => {
    const { operator, config } = cast.authority
    const key = await keyPair()
    const thief = await keyPair()
    const change = async (id: string) => {
      const action = { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: { id }, salt: newSalt() }
      const params = {
        id: mustSucceed(await operator.call('openRequest', { body: { audience: config.origin, action } })).id,
      }
      mustSucceed(await cast.ada.consent(params.id))
      const dpop = await key.proof('POST', `${config.origin}/requests/${params.id}/token`)
      const { token } = mustSucceed(await operator.call('collectToken', { params, headers: { dpop } }))
      const perform = (proof?: string) =>
        operator.call('administer', {
          body: { action },
          headers: { 'approval-token': token, ...(proof === undefined ? {} : { dpop: proof }) },
        })
      return { token, perform }
    }
    const url = `${config.origin}/admin/actions`
    const { token, perform } = await change('bound')
    const oth = { 'approval-token': ath(token) }
    for (const proof of [
      undefined,
      await thief.proof('POST', url, { oth }),
      await key.proof('POST', url),
      await key.proof('POST', url, { ath: ath(token) }),
      await key.proof('POST', url, { oth: { 'approval-token': ath('another') } }),
      await key.proof('POST', `${config.origin}/requests`, { oth }),
    ])
      expectRefusal(await perform(proof), 'proof_of_possession')
    const jti = 'one'
    mustSucceed(await perform(await key.proof('POST', url, { oth, jti })))
    const next = await change('bound-too')
    const again = { oth: { 'approval-token': ath(next.token) }, jti }
    expectRefusal(await next.perform(await key.proof('POST', url, again)), 'proof_of_possession')
  })

  it('cannot be bound by a proof for another call, or an old one', async () => {
    const key = await keyPair()
    const { id } = await propose(cast.agent)
    mustSucceed(await cast.ben.consent(id))
    const url = `${cast.authority.config.origin}/requests/${id}/token`
    const collect = (dpop: string) => cast.agent.call('collectToken', { params: { id }, headers: { dpop } })
    expectRefusal(await collect(await key.proof('GET', url)), 'proof_of_possession')
    expectRefusal(await collect(await key.proof('POST', `${url}s`)), 'proof_of_possession')
    const old = await key.proof('POST', url, { iat: cast.authority.now() - 120 })
    expectRefusal(await collect(old), 'proof_of_possession')
    mustSucceed(await collect(await key.proof('POST', url)))
  })
})

/** Order of P-256: (r, n − s) is as good a signature as (r, s). */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function malleated(token: string): string {
  const [header, payload, signature = ''] = token.split('.')
  const raw = Buffer.from(signature, 'base64url')
  const s = N - BigInt(`0x${raw.subarray(32).toString('hex')}`)
  const other = Buffer.concat([raw.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return [header, payload, other.toString('base64url')].join('.')
}
