/** What an approver is refused who would change a call, or allow more calls like it. */
import { type ChallengeKey, createChallenge, type JsonObject, newSalt } from '@countersign/verifier'
import { beforeAll, describe, it } from 'vitest'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
import { asDatabaseOwner } from './database.ts'
import { dpopKey } from './dpop.ts'
import { wire } from './passkey-json.ts'
import { NOBODYS_ID } from './raw.ts'
import { forbidding, type Refusals } from './refusals.ts'
import { releaseSwitch } from './switches.ts'
import { expectRefusal } from './watch.ts'

const VAULT = 'https://vault.example'
const CATALOGUE = [
  { name: 'vault.put', effect: 'write', reversible: true, arguments: [{ name: 'text', changeable: true }] },
]

export function refusalsOfRevisions(given: () => Refusals): void {
  let key: ChallengeKey
  let dpop: Awaited<ReturnType<typeof dpopKey>>
  beforeAll(async () => {
    const { authority, ada } = given().cast
    const { d, ext: _ext, key_ops: _ops, ...published } = await generateSigningKey('ES256')
    key = { ...published, d } as ChallengeKey
    dpop = await dpopKey(authority.now)
    const added = { audience: VAULT, title: 'Vault', catalogue: CATALOGUE, challenge_keys: [published] }
    await administer(authority, ada, {
      name: 'countersign.executor.add',
      resource: `executor:${VAULT}`,
      arguments: JSON.parse(JSON.stringify(added)),
    })
  })

  const put = () => ({
    name: 'vault.put',
    resource: 'vault:1',
    arguments: { text: 'old' } as JsonObject,
    salt: newSalt(),
  })
  async function asked(more: { readonly expires_in?: number } = {}): Promise<string> {
    const { agent, authority } = given().cast
    const headers = { dpop: await dpop.proof('POST', `${authority.config.origin}/requests`) }
    return mustSucceed(await agent.call('openRequest', { body: { audience: VAULT, action: put(), ...more }, headers }))
      .id
  }
  const revise = (id: string) =>
    given().cast.ben.page.call('revise', { params: { id }, body: { arguments: { text: 'new' } } })
  const offer = (id: string) => given().cast.ben.page.call('offerRevision', { params: { id } })
  const grant = (id: string) =>
    given().cast.ben.page.call('proposeGrant', { params: { id }, body: { uses: 5, arguments: {} } })
  async function assertionOver(id: string, userVerified = true) {
    const { options } = mustSucceed(await offer(id))
    return wire(await given().cast.ben.authenticator.assert({ challenge: String(options['challenge']), userVerified }))
  }
  const sign = (id: string, assertion: Awaited<ReturnType<typeof assertionOver>>) =>
    given().cast.ben.page.call('signRevision', { params: { id }, body: { assertion } })

  /** A request of which a change was offered to sign. */
  async function offered(more: { readonly expires_in?: number } = {}) {
    const id = await asked(more)
    mustSucceed(await revise(id))
    return { id, assertion: await assertionOver(id) }
  }
  async function allRefused(
    id: string,
    assertion: Awaited<ReturnType<typeof assertionOver>>,
    code: 'killed' | 'request_denied' | 'request_expired' | 'action_mismatch',
  ) {
    for (const answer of [await revise(id), await offer(id), await sign(id, assertion), await grant(id)])
      expectRefusal(answer, code)
  }

  describe('a call that is not there, or no more', () => {
    it('is neither changed nor the beginning of a grant', async () => {
      const { assertion } = await offered()
      for (const answer of [
        await revise(NOBODYS_ID),
        await offer(NOBODYS_ID),
        await sign(NOBODYS_ID, assertion),
        await grant(NOBODYS_ID),
      ])
        expectRefusal(answer, 'not_found')
    })

    it('was denied, or has expired', async () => {
      const denied = await offered()
      mustSucceed(await given().cast.ada.page.call('deny', { params: { id: denied.id }, body: {} }))
      await allRefused(denied.id, denied.assertion, 'request_denied')
      const late = await offered({ expires_in: 60 })
      given().cast.authority.advance(60)
      await allRefused(late.id, late.assertion, 'request_expired')
    })

    it('is stopped by a kill switch', async () => {
      const { authority, ada } = given().cast
      const { id, assertion } = await offered()
      const body = { selector: { executor: VAULT }, reason: 'Test' }
      const engaged = mustSucceed(await authority.operator.call('engageKillSwitch', { body }))
      await allRefused(id, assertion, 'killed')
      await releaseSwitch(authority, ada, engaged.id)
    })
  })

  it('a call whose words SQL changed is neither consented to nor collected', async () => {
    const { agent, authority, ben } = given().cast
    const alter = (id: string) =>
      asDatabaseOwner(
        authority,
        (sql) => sql`UPDATE payloads SET content = replace(content, 'old', 'odd') WHERE subject = ${id}`,
      )
    const { id, assertion } = await offered()
    const other = await asked()
    await alter(id)
    await allRefused(id, assertion, 'action_mismatch')
    const params = { id }
    expectRefusal(await ben.page.call('offerConsent', { params }), 'action_mismatch')
    expectRefusal(await ben.page.call('consent', { params, body: { assertion } }), 'action_mismatch')
    expectRefusal(await ben.page.call('offerBatch', { body: { requests: [id, other] } }), 'action_mismatch')
    mustSucceed(await ben.page.call('deny', { params, body: {} }))
    mustSucceed(await ben.consent(other))
    await alter(other)
    expectRefusal(await agent.call('collectToken', { params: { id: other } }), 'action_mismatch')
  })

  it('what the policy denies by now is refused', async () => {
    const { id, assertion } = await offered()
    await forbidding(given(), 'vault.put', async () => {
      for (const answer of [await revise(id), await offer(id), await sign(id, assertion), await grant(id)])
        expectRefusal(answer, 'policy_denied')
    })
  })

  it('a signature that does not hold changes nothing', async () => {
    const id = await asked()
    mustSucceed(await revise(id))
    expectRefusal(await sign(id, await assertionOver(id, false)), 'consent_invalid')
    mustSucceed(await given().cast.ben.consent(id))
  })

  it('a call that is bound to a state is not changed where its executor names none for another', async () => {
    const { authority, agent } = given().cast
    const signer = { key, audience: VAULT, issuer: authority.config.origin, now: authority.now() }
    const challenge = await createChallenge(signer, { action: put(), reason: 'Sealed', state: 'v1' })
    const answer = mustSucceed(await agent.call('transaction', { form: { transaction_challenge: challenge } }))
    const id = 'transaction_authorization_id' in answer ? answer.transaction_authorization_id : ''
    expectRefusal(await revise(id), 'state_changed')
    mustSucceed(await given().cast.ben.consent(id))
  })
}
