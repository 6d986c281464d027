/** What an agent is refused, one code after the other; and an approved request in each of its bad ends. */
import { describe, expect, it } from 'vitest'
import { administer, FORUM, mustSucceed, postAction } from '../setup/authority.ts'
import { propose } from './cast.ts'
import { whileForumOffersOthers } from './catalogue-change.ts'
import { asDatabaseOwner } from './database.ts'
import { wire } from './passkey-json.ts'
import { NOBODYS_ID } from './raw.ts'
import type { Refusals } from './refusals.ts'
import { expectRefusal } from './watch.ts'

export function refusalsOfAgents(given: () => Refusals): void {
  const unknown = { params: { id: NOBODYS_ID } }
  const asked = async (more: Partial<ReturnType<typeof postAction>> = {}) => {
    const request = await propose(given().cast.agent, more)
    return { ...request, params: { id: request.id } }
  }

  describe('a proposal', () => {
    const open = (body: object) =>
      given().cast.agent.propose({ body: { audience: FORUM, action: postAction(), ...body } })

    it('for an executor nobody registered is not found', async () => {
      expectRefusal(await open({ audience: 'https://nowhere.example' }), 'not_found')
    })

    it('of an action no catalogue has is denied by policy, and the ledger keeps that', async () => {
      const refused = await open({ action: postAction('x', { name: 'forum.launch' }) })
      expectRefusal(refused, 'policy_denied')
      const trace = /[0-9a-f]{32}/.exec(refused.ok ? '' : refused.problem.detail)?.[0] ?? ''
      const story = mustSucceed(await given().cast.agent.call('trace', { params: { trace } }))
      expect(story.entries.map((entry) => entry['decision'])).toEqual([undefined, 'deny'])
    })

    it.each([
      ['for a principal it may not act for', { principal: 'somebody-else' }, 'policy_denied'],
      ['with a chain of actors that is none', { act: { name: 'x' } }, 'invalid_request'],
      ['with an actor whose name holds a control character', { act: { sub: 'a\u0001' } }, 'invalid_request'],
      ['with an actor of free text', { act: { sub: 'Ada Admin (verified)' } }, 'invalid_request'],
      ['with an actor whose name turns the text around', { act: { sub: 'https://a\u202eb' } }, 'invalid_request'],
      ['with an actor that poses as the authority', { act: { sub: 'countersign-admin' } }, 'invalid_request'],
      ['with an actor of free text behind another', { act: { sub: 'a', act: { sub: 'B c' } } }, 'invalid_request'],
      ['with a chain of actors nine long', { act: chain(9) }, 'invalid_request'],
      ['with a principal that is no id', { principal: 'a b' }, 'invalid_request'],
      ['that would wait for a second only', { expires_in: 1 }, 'invalid_request'],
      ['with an audience that is no URI', { audience: 'forum' }, 'invalid_request'],
      ['with an empty reason', { reason: '' }, 'invalid_request'],
      ['with a preview of another shape', { preview: { changes: 'all' } }, 'invalid_request'],
      ['with a preview over 64 KiB', { preview: wide(70_000) }, 'invalid_request'],
    ] as const)('%s is refused', async (_, body, code) => {
      expectRefusal(await open(body), code)
    })

    it.each([
      ['a name with a space', { name: 'forum post' }],
      ['an empty resource', { resource: '' }],
      ['a resource of 1025 characters', { resource: 'r'.repeat(1025) }],
      ['a salt too short', { salt: 'abc' }],
      ['a salt with unused bits set', { salt: `${'A'.repeat(21)}B` }],
      ['arguments over 64 KiB', { arguments: { text: 'x'.repeat(65_600) } }],
    ])('of an action with %s is refused', async (_, more) => {
      expectRefusal(await open({ action: postAction('x', more) }), 'invalid_request')
    })

    it.each(['', 'two words', 'one, two', 'kéy', 'k'.repeat(256)])(
      'with the Idempotency-Key “%s” is refused',
      async (key) => {
        const headers = { 'idempotency-key': key }
        const answer = await given().cast.agent.propose({ body: { audience: FORUM, action: postAction() }, headers })
        expectRefusal(answer, 'invalid_request')
      },
    )
  })

  it('let no agent act for them that nobody registered', async () => {
    expectRefusal(await given().cast.agent.call('issueActorToken', { body: { agent: 'nobody' } }), 'not_found')
  })

  describe('an evaluation', () => {
    it('at an executor nobody registered is not found', async () => {
      const { agent } = given().cast
      const properties = { audience: 'https://nowhere.example' }
      const body = {
        subject: { type: 'agent', id: 'helpdesk-agent' },
        action: { name: 'forum.read' },
        resource: { type: 'executor', id: 'x', properties },
      } as const
      expectRefusal(await agent.call('evaluateAccess', { body }), 'not_found')
      expectRefusal(await agent.call('evaluateAccesses', { body }), 'not_found')
      const asked = { params: { client: 'emacs' }, body: { tool_name: 'Read' } }
      expectRefusal(await agent.call('answerHook', asked), 'not_found')
    })
  })

  describe('a request', () => {
    it('that nobody opened is not found', async () => {
      const { agent } = given().cast
      expectRefusal(await agent.call('viewRequest', unknown), 'not_found')
      expectRefusal(await agent.call('collectToken', unknown), 'not_found')
      expectRefusal(await agent.call('withdrawRequest', unknown), 'not_found')
    })

    it.each(['\0', '%', '../agents', `${'A'.repeat(21)}\u202e`, 'x'.repeat(5000)])(
      'under the id %j is not found',
      async (id) => {
        const { agent } = given().cast
        expectRefusal(await agent.call('viewRequest', { params: { id } }), 'not_found')
        expectRefusal(await agent.call('collectToken', { params: { id } }), 'not_found')
      },
    )

    it('of another agent is not found either, and stays as it was', async () => {
      const { agent, otherAgent } = given().cast
      const { params } = await asked()
      expectRefusal(await otherAgent.call('viewRequest', { params }), 'not_found')
      expectRefusal(await otherAgent.call('collectToken', { params }), 'not_found')
      expectRefusal(await otherAgent.call('withdrawRequest', { params }), 'not_found')
      expect(mustSucceed(await agent.call('viewRequest', { params })).state).toBe('pending')
    })

    it('that waits has no token', async () => {
      const { params } = await asked()
      expectRefusal(await given().cast.agent.call('collectToken', { params }), 'request_pending')
    })

    it('that was denied has none, and cannot be withdrawn', async () => {
      const { agent, ben } = given().cast
      const { params } = await asked()
      mustSucceed(await ben.page.call('deny', { params, body: {} }))
      expectRefusal(await agent.call('collectToken', { params }), 'request_denied')
      expectRefusal(await agent.call('withdrawRequest', { params }), 'request_denied')
    })

    it('that expired has none, and cannot be withdrawn', async () => {
      const { agent, authority } = given().cast
      const body = { audience: FORUM, action: postAction(), expires_in: 10 }
      const params = { id: mustSucceed(await agent.propose({ body })).id }
      authority.advance(10)
      expectRefusal(await agent.call('collectToken', { params }), 'request_expired')
      expectRefusal(await agent.call('withdrawRequest', { params }), 'request_expired')
      expect(mustSucceed(await agent.call('viewRequest', { params })).state).toBe('expired')
    })
  })

  describe('a session of an agent', () => {
    const params = { id: 'helpdesk-agent' }

    it('that is not open is neither seen nor ended', async () => {
      const { agent } = given().cast
      expectRefusal(await agent.call('viewAgentSession', { params }), 'not_found')
      expectRefusal(await agent.call('endAgentSession', { params }), 'not_found')
    })

    it('is not offered for an agent that nobody registered, and opens with its own offer alone', async () => {
      const { ben } = given().cast
      const body = { purpose: 'Tidy up', minutes: 5 }
      expectRefusal(await ben.page.call('offerAgentSession', { params: { id: 'nobody' }, body }), 'not_found')
      const assertion = wire(await ben.authenticator.assert({ challenge: 'AAAA' }))
      expectRefusal(await ben.page.call('openAgentSession', { params, body: { assertion } }), 'consent_invalid')
    })

    it('is not opened once the agent is gone', async () => {
      const { authority, ada, ben } = given().cast
      const gone = { id: 'passing-agent' }
      const change = { name: 'countersign.agent.add', resource: 'agent:passing-agent' }
      await administer(authority, ada, { ...change, arguments: { ...gone, run_by: ben.id } })
      const start = { params: gone, body: { purpose: 'Tidy up', minutes: 5 } }
      const { options } = mustSucceed(await ben.page.call('offerAgentSession', start))
      mustSucceed(await authority.operator.call('revokeAgent', { params: gone }))
      const assertion = wire(await ben.authenticator.assert({ challenge: String(options['challenge']) }))
      expectRefusal(await ben.page.call('openAgentSession', { params: gone, body: { assertion } }), 'not_found')
    })
  })

  describe('an approved request', () => {
    const approved = async () => {
      const { cast } = given()
      const { params, id } = await asked()
      mustSucceed(await cast.ben.consent(id))
      return { params, id, collect: () => cast.agent.call('collectToken', { params }) }
    }

    it.each(['nonsense', 'a.b.c', 'one, two'])('gives no token to the DPoP proof “%s”', async (dpop) => {
      const { params, collect } = await approved()
      const refused = await given().cast.agent.call('collectToken', { params, headers: { dpop } })
      expectRefusal(refused, 'proof_of_possession')
      mustSucceed(await collect())
    })

    it('gives none where the policy no longer knows the action', async () => {
      const { collect } = await approved()
      await whileForumOffersOthers(given().cast, async () => expectRefusal(await collect(), 'policy_denied'))
      mustSucceed(await collect())
    })

    it('gives none once the key that consented is another', async () => {
      const { id, collect } = await approved()
      await asDatabaseOwner(given().cast.authority, async (sql) => {
        await sql`UPDATE passkeys SET key = (key::jsonb || '{"kid":"other"}')::json
          WHERE credential_id = (SELECT credential_id FROM consents WHERE request = ${id})`
        expectRefusal(await collect(), 'consent_invalid')
        await sql`UPDATE passkeys SET key = (key::jsonb || jsonb_build_object('kid', consents.consent->>'key'))::json
          FROM consents WHERE consents.request = ${id} AND passkeys.credential_id = consents.credential_id`
      })
      mustSucceed(await collect())
    })

    it('gives none where nobody consented', async () => {
      const { params, id } = await asked()
      await asDatabaseOwner(
        given().cast.authority,
        (sql) => sql`UPDATE requests SET state = 'approved' WHERE id = ${id}`,
      )
      expectRefusal(await given().cast.agent.call('collectToken', { params }), 'quorum_unmet')
    })
  })
}

const chain = (length: number): object => (length === 1 ? { sub: 'a' } : { sub: 'a', act: chain(length - 1) })
const wide = (characters: number) => ({ changes: [{ label: 'all', before: null, after: 'x'.repeat(characters) }] })
