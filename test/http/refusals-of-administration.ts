/** What an operator or an admin is refused when the authority itself is to change. */
import { type ActionSpec, type JsonObject, newSalt } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { consentTo, FORUM, mustSucceed, type Person } from '../setup/authority.ts'
import { approvedToken } from './cast.ts'
import { asDatabaseOwner } from './database.ts'
import { dpopKey } from './dpop.ts'
import { addPasskeyTo } from './passkey-json.ts'
import { NOBODYS_ID } from './raw.ts'
import type { Refusals } from './refusals.ts'
import { expectRefusal } from './watch.ts'

let count = 0
/** A change of its own: another agent each time. */
function agentAdded(more: ActionSpec['arguments'] = {}): ActionSpec {
  const id = `made-${++count}`
  return { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: { id, ...more }, salt: newSalt() }
}

export function refusalsOfAdministration(given: () => Refusals): void {
  const operator = () => given().cast.authority.operator
  const perform = (action: ActionSpec, token?: string) =>
    operator().call('administer', { body: { action }, ...(token ? { headers: { 'approval-token': token } } : {}) })

  /** The operator's change with Ada's consent. */
  async function approved(action: ActionSpec = agentAdded(), by: Pick<Person, 'consent'> = given().cast.ada) {
    const audience = given().cast.authority.config.origin
    const { id, trace } = mustSucceed(await operator().call('openRequest', { body: { audience, action } }))
    mustSucceed(await by.consent(id))
    const { token } = mustSucceed(await operator().call('collectToken', { params: { id } }))
    return { action, token, trace }
  }

  describe('a draft of the policy', () => {
    it('is not tried for an agent that nobody registered', async () => {
      const call = { agent: 'nobody', audience: FORUM, name: 'forum.read', resource: 'x' }
      expectRefusal(await operator().call('tryDraft', { body: { text: '', call } }), 'not_found')
      expectRefusal(await operator().call('reachOfAgent', { params: { id: 'nobody' } }), 'not_found')
    })

    it('is not observed under an id that nobody started', async () => {
      const params = { id: 'A'.repeat(22) }
      expectRefusal(await operator().call('viewObservation', { params }), 'not_found')
      expectRefusal(await operator().call('stopObservation', { params }), 'not_found')
    })
  })

  describe('a change', () => {
    it('without a token is refused, now that there is an admin', async () => {
      expectRefusal(await perform(agentAdded()), 'token_missing')
    })

    it('with a malformed token, or two, is refused', async () => {
      const { action, token } = await approved()
      expectRefusal(await perform(action, 'nonsense'), 'token_malformed')
      expectRefusal(await perform(action, `${token}, ${token}`), 'token_malformed')
      mustSucceed(await perform(action, token))
    })

    it('with a token somebody else signed is refused', async () => {
      const { action, token } = await approved()
      expectRefusal(await perform(action, token.replace(/[^.]+$/, 'A'.repeat(86))), 'token_signature')
      mustSucceed(await perform(action, token))
    })

    it.each([
      ['that gives a credential to nobody', credentialFor('nobody'), 'not_found'],
      ['to a name that is taken', takenName('helpdesk-agent'), 'invalid_request'],
      ['with unknown arguments', agentAdded({ superuser: true }), 'invalid_request'],
      ['of a resource that the arguments do not name', { resource: 'agent:another' }, 'invalid_request'],
      ['of an executor that is not there', executorEdit('https://none.example', 1), 'not_found'],
      ['of an older version of an executor', executorEdit(FORUM, 77), 'invalid_request'],
      ['that releases what is not engaged', releaseOf(NOBODYS_ID), 'not_found'],
    ] as const)('%s is refused before anybody is asked', async (_, more, code) => {
      const audience = given().cast.authority.config.origin
      const action = { ...agentAdded(), ...more }
      expectRefusal(await operator().call('openRequest', { body: { audience, action } }), code)
      expectRefusal(await given().cast.ada.page.call('openAdministration', { body: { action } }), code)
    })

    it('that gives a credential to nobody any more is refused', async () => {
      const { authority } = given().cast
      const added = await approved()
      mustSucceed(await perform(added.action, added.token))
      const { id } = added.action.arguments
      const { action, token } = await approved({ ...agentAdded(), ...credentialFor(String(id)) })
      await asDatabaseOwner(authority, (sql) => sql`DELETE FROM agents WHERE id = ${String(id)}`)
      expectRefusal(await perform(action, token), 'not_found')
    })

    it('other than the approved one is refused, and burns nothing', async () => {
      const { action, token } = await approved()
      expectRefusal(await perform(agentAdded(), token), 'action_mismatch')
      expectRefusal(await perform({ ...action, salt: newSalt() }, token), 'action_mismatch')
      mustSucceed(await perform(action, token))
    })

    it('is made once', async () => {
      const { action, token } = await approved()
      mustSucceed(await perform(action, token))
      expectRefusal(await perform(action, token), 'token_redeemed')
    })

    it('with a token that is bound to a key is refused without a proof by it', async () => {
      const { authority, ada } = given().cast
      const { origin } = authority.config
      const action = agentAdded()
      const params = {
        id: mustSucceed(await operator().call('openRequest', { body: { audience: origin, action } })).id,
      }
      mustSucceed(await ada.consent(params.id))
      const dpop = await (await dpopKey(authority.now)).proof('POST', `${origin}/requests/${params.id}/token`)
      const { token } = mustSucceed(await operator().call('collectToken', { params, headers: { dpop } }))
      expectRefusal(await perform(action, token), 'proof_of_possession')
    })

    it('to a name that is taken spends nothing', async () => {
      const name = agentAdded()
      const [first, { action, token }] = [await approved(name), await approved({ ...name, salt: newSalt() })]
      mustSucceed(await perform(first.action, first.token))
      const answer = await perform(action, token)
      expect(answer).toMatchObject({ status: 409, problem: { code: 'invalid_request' } })
      expect(await perform(action, token)).toMatchObject({ status: 409, problem: { code: 'invalid_request' } })
    })

    it('after its token expired is refused', async () => {
      const { action, token } = await approved()
      given().cast.authority.advance(120)
      expectRefusal(await perform(action, token), 'token_expired')
    })

    it('is refused once the passkey that consented is revoked', async () => {
      const { ada, authority } = given().cast
      const second = await addPasskeyTo(ada, authority.config)
      const { action, token } = await approved(undefined, { consent: (id) => consentTo(ada.page, second, id) })
      mustSucceed(await ada.page.call('revokePasskey', { params: { id: second.credentialId } }))
      expectRefusal(await perform(action, token), 'consent_invalid')
    })

    it('is refused once the authority’s own catalogue is another', async () => {
      const { authority } = given().cast
      const { action, token } = await approved()
      const { origin } = authority.config
      await asDatabaseOwner(authority, async (sql) => {
        await sql`UPDATE executors SET revoked_at = 1 WHERE audience = ${origin}`
        expectRefusal(await perform(action, token), 'policy_denied')
        await sql`UPDATE executors SET revoked_at = NULL WHERE audience = ${origin}`
      })
      mustSucceed(await perform(action, token))
    })

    it('that an admin proposed is not the operator’s to carry out', async () => {
      const { ada } = given().cast
      const action = agentAdded()
      const { id } = mustSucceed(await ada.page.call('openAdministration', { body: { action } }))
      mustSucceed(await ada.consent(id))
      const { token } = mustSucceed(await ada.page.call('collectAdministration', { params: { id } }))
      expectRefusal(await perform(action, token), 'forbidden')
    })

    it('with the token of an executor’s action is refused', async () => {
      const { token } = await approvedToken(given().cast.agent, given().cast.ada)
      expectRefusal(await perform(agentAdded(), token), 'token_audience')
    })

    it.each([
      ['an unknown name', { name: 'countersign.everything.delete' }],
      ['a resource that names something else', { resource: 'agent:another' }],
      ['unknown arguments', agentAdded({ superuser: true })],
      ['a principal that is no id', agentAdded({ principals: ['a b'] })],
      ['somebody who runs it and is no id', agentAdded({ run_by: '\0' })],
      ['an id of the authority’s own', takenName('countersign-pages')],
      ['a key that is private', executorWith({ kty: 'EC', crv: 'P-256', d: 'A'.repeat(43) })],
      ['a title with control characters', executorWith(undefined, { title: 'For\0um' })],
      ['an audience with control characters', executorWith(undefined, { audience: 'https://a.example/\0' })],
      ['a credential for nobody', credentialFor('a\0b')],
    ])('with %s is refused', async (_, more) => {
      expectRefusal(await perform({ ...agentAdded(), ...more }), 'invalid_request')
    })
  })

  describe('a proposal of an admin', () => {
    const propose = async (action: ActionSpec) => {
      const { page } = given().cast.ada
      const opened = mustSucceed(await page.call('openAdministration', { body: { action } }))
      return { ...opened, collect: () => page.call('collectAdministration', { params: { id: opened.id } }) }
    }

    it('of something the authority cannot do is denied', async () => {
      const body = { action: { ...agentAdded(), name: 'forum.post' } }
      expectRefusal(await given().cast.ada.page.call('openAdministration', { body }), 'policy_denied')
    })

    it('waits, is denied, or expires like any other', async () => {
      const { ada, authority } = given().cast
      const waiting = await propose(agentAdded())
      expectRefusal(await waiting.collect(), 'request_pending')
      mustSucceed(await ada.page.call('deny', { params: { id: waiting.id }, body: {} }))
      expectRefusal(await waiting.collect(), 'request_denied')
      const late = await propose(agentAdded())
      authority.advance(900)
      expectRefusal(await late.collect(), 'request_expired')
    })

    it('is nobody else’s', async () => {
      const { ada } = given().cast
      expectRefusal(await ada.page.call('collectAdministration', { params: { id: NOBODYS_ID } }), 'not_found')
      const { id } = await propose(agentAdded())
      expectRefusal(await operator().call('viewRequest', { params: { id } }), 'not_found')
      expectRefusal(await given().cast.agent.call('collectToken', { params: { id } }), 'not_found')
    })

    it('yields no token once the authority’s own catalogue is another', async () => {
      const { ada, authority } = given().cast
      const { id, collect } = await propose(agentAdded())
      mustSucceed(await ada.consent(id))
      const { origin } = authority.config
      await asDatabaseOwner(authority, async (sql) => {
        await sql`UPDATE executors SET revoked_at = 1 WHERE audience = ${origin}`
        expectRefusal(await collect(), 'policy_denied')
        await sql`UPDATE executors SET revoked_at = NULL WHERE audience = ${origin}`
      })
    })
  })

  describe('what nobody has', () => {
    it.each(['nobody', '\0'])('cannot be revoked, looked at or read (%j)', async (id) => {
      const params = { id }
      expectRefusal(await operator().call('revokeAgent', { params }), 'not_found')
      expectRefusal(await operator().call('revokeExecutor', { params }), 'not_found')
      expectRefusal(await operator().call('revokeCredential', { params }), 'not_found')
      expectRefusal(await operator().call('withdrawInvitation', { params }), 'not_found')
      expectRefusal(await operator().call('revokeDirectory', { params }), 'not_found')
      expectRefusal(await operator().call('removeAction', { params: { ...params, name: 'forum.post' } }), 'not_found')
      expectRefusal(await operator().call('removeAction', { params: { id: FORUM, name: id } }), 'not_found')
      expectRefusal(await operator().call('viewPolicy', { params: { version: id } }), 'not_found')
      expectRefusal(await operator().call('trace', { params: { trace: id } }), 'not_found')
      expectRefusal(await operator().call('statusList', { params: { list: id } }), 'not_found')
    })

    it.each(['nobody', '\0'])('is no person (%j)', async (id) => {
      const { page } = given().cast.ada
      const params = { id }
      expectRefusal(await page.call('recoverPerson', { params }), 'not_found')
      expectRefusal(await page.call('inviteProvisioned', { params }), 'not_found')
      expectRefusal(await page.call('acknowledgeBreakGlass', { params }), 'not_found')
      expectRefusal(await page.call('viewPerson', { params }), 'not_found')
      expectRefusal(await page.call('suspendPerson', { params }), 'not_found')
      expectRefusal(await page.call('signOutPerson', { params }), 'not_found')
      expectRefusal(await page.call('revokePersonPasskey', { params: { ...params, passkey: id } }), 'not_found')
    })

    it('A trace is unknown to who took no part in it', async () => {
      const { trace } = await approved()
      expectRefusal(await given().cast.agent.call('trace', { params: { trace } }), 'not_found')
      expectRefusal(await given().cast.forum.client.call('trace', { params: { trace } }), 'not_found')
      expectRefusal(await given().cast.ben.page.call('trace', { params: { trace } }), 'not_found')
      mustSucceed(await given().cast.ada.page.call('trace', { params: { trace } }))
    })

    it('The authority does not revoke itself', async () => {
      const { origin } = given().cast.authority.config
      expectRefusal(await operator().call('revokeExecutor', { params: { id: origin } }), 'forbidden')
      const params = { id: origin, name: 'countersign.key.rotate' }
      expectRefusal(await operator().call('removeAction', { params }), 'forbidden')
    })
  })
}

const executorEdit = (audience: string, version: number) => ({
  name: 'countersign.executor.update',
  resource: `executor:${audience}`,
  arguments: { audience, version, title: 'Another' },
})

const releaseOf = (id: string) => ({
  name: 'countersign.killswitch.release',
  resource: `killswitch:${id}`,
  arguments: { id, reason: 'Safe again' },
})

const takenName = (id: string) => ({ resource: `agent:${id}`, arguments: { id } })

function executorWith(key: JsonObject | undefined, more: JsonObject = {}): Partial<ActionSpec> {
  const args = {
    audience: 'https://new.example',
    title: 'New',
    catalogue: [],
    challenge_keys: key ? [key] : [],
    ...more,
  }
  return { name: 'countersign.executor.add', resource: `executor:${args.audience}`, arguments: args }
}

const credentialFor = (subject: string) => ({
  name: 'countersign.credential.add',
  resource: `credential:agent:${subject}`,
  arguments: { kind: 'agent', subject },
})
