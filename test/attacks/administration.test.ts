/**
 * The authority as its own executor: what thieves of its parts can bring about.
 * The signing key and the operator's credential together change nothing: the admins' own signatures are missing.
 */
import { type ActionSpec, type ApprovalClaims, actionDigest, newSalt } from '@countersign/verifier'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { type Cast, propose, startCast, storyOf } from '../http/cast.ts'
import { asDatabaseOwner } from '../http/database.ts'
import { type PublishedKey, publishedKey } from '../http/published-key.ts'
import { expectRefusal } from '../http/watch.ts'
import { enrol, invitationFor, mustSucceed, pageOf } from '../setup/authority.ts'

let cast: Cast
let key: PublishedKey
beforeAll(async () => {
  cast = await startCast()
  key = await publishedKey(cast.authority)
})
afterAll(() => cast.authority.stop())

const harmless = (id: string): ActionSpec => ({
  name: 'countersign.agent.add',
  resource: `agent:${id}`,
  arguments: { id },
  salt: newSalt(),
})
const evil = (): ActionSpec => ({
  name: 'countersign.agent.add',
  resource: 'agent:eve-agent',
  arguments: { id: 'eve-agent', principals: ['ada'] },
  salt: newSalt(),
})

/** A token for a harmless change, consented to by an admin and not yet spent. */
async function harmlessToken(id: string, action = harmless(id)): Promise<string> {
  const { operator, config } = cast.authority
  const opened = mustSucceed(await operator.call('openRequest', { body: { audience: config.origin, action } }))
  mustSucceed(await cast.ada.consent(opened.id))
  return mustSucceed(await operator.call('collectToken', { params: { id: opened.id } })).token
}

/** The claims of that token over another change, signed by a key of the authority. */
async function forgedFor(action: ActionSpec, token: string, approval?: Partial<ApprovalClaims['approval']>) {
  const claims = decodeJwt<ApprovalClaims>(token)
  const [details] = claims.authorization_details
  const { name, resource, salt } = action
  const digest = await actionDigest(action, cast.authority.config.origin)
  return key.sign(token, {
    scope: name,
    authorization_details: [{ ...details, name, resource, salt, digest }],
    approval: { ...claims.approval, ...approval },
  })
}

const perform = (action: ActionSpec, token: string) =>
  cast.authority.operator.call('administer', { body: { action }, headers: { 'approval-token': token } })

describe('a change to the authority', () => {
  it('is not brought about by the signing key and the operator’s credential: the consent is to another change', async () => {
    const action = evil()
    expectRefusal(await perform(action, await forgedFor(action, await harmlessToken('one'))), 'consent_invalid')
  })

  it('is not brought about by a consent left out', async () => {
    const action = evil()
    const forged = await forgedFor(action, await harmlessToken('two'), { consents: [] })
    expectRefusal(await perform(action, forged), 'quorum_unmet')
  })

  it('is not made with claims other than those issued under a jti that lives, and the refusal is a fact', async () => {
    const action = harmless('altered')
    const token = await harmlessToken('altered', action)
    const claims = decodeJwt<ApprovalClaims>(token)
    const shorter = await key.sign(token, { exp: claims.exp - 1 })
    expectRefusal(await perform(action, shorter), 'token_signature')
    const trace = traceOf(claims.approval.request)
    expect((await storyOf(cast.authority, trace)).at(-1)).toBe('token.refused')
    mustSucceed(await perform(action, token))
  })

  it('is not made by a consent that has ended, whatever `exp` the signing key gives', async () => {
    const action = harmless('late')
    const token = await harmlessToken('late', action)
    const [consent] = decodeJwt<ApprovalClaims>(token).approval.consents
    const iat = Number(consent?.expires) + 60
    cast.authority.advance(iat - cast.authority.now())
    const late = await (await publishedKey(cast.authority)).sign(token, { iat, exp: iat + 120 })
    expectRefusal(await perform(action, late), 'consent_invalid')
  })

  it('shows the admin what the authority itself says would change, whatever the proposer claims', async () => {
    const { operator, config, store } = cast.authority
    const preview = { summary: 'Nothing to see here', changes: [] }
    const body = { audience: config.origin, action: harmless('three'), preview }
    const { id } = mustSucceed(await operator.call('openRequest', { body }))
    const kept = (await store.request(id))?.preview
    expect(kept).toMatchObject({ by: 'executor', content: { changes: [{ label: 'agent:three', before: null }] } })
  })

  it('enrols a person under the name that the admins consented to, whatever they call themselves', async () => {
    const link = await invitationFor(cast.ada, 'Eve')
    const person = await enrol(cast.authority, link, 'Ada Admin', cast.ada)
    expect((await cast.authority.store.approver(person.id))?.name).toBe('Eve')
    expectRefusal(
      await pageOf(cast.authority).call('viewInvitation', { body: { invitation: link.slice(-43) } }),
      'not_found',
    )
  })
})

describe('what was never approved', () => {
  it('leaves no token in the ledger, also where the database says that it was', async () => {
    const { id, trace } = await propose(cast.agent)
    await asDatabaseOwner(cast.authority, (sql) => sql`UPDATE requests SET state = 'approved' WHERE id = ${id}`)
    expectRefusal(await cast.agent.call('collectToken', { params: { id } }), 'quorum_unmet')
    const { entries } = mustSucceed(await cast.agent.call('trace', { params: { trace } }))
    expect(entries.map((entry) => entry['type'])).not.toContain('token.issued')
  })
})
