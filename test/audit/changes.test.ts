/** Changes to the authority, and kill switches: what an audit says of those that lack their cause, or were ignored. */
import { base64urlEncode, digestOf, type JsonObject } from '@countersign/verifier'
import { ED25519, formatNoteKey, noteKeyOf, sealDigest } from '@countersign/verifier/proof'
import { describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { makeSigner } from '../setup/note-signer.ts'
import {
  createWorld,
  EXECUTOR,
  enrol,
  erase,
  ISSUER,
  LATER,
  nodeCrypto,
  ORIGIN,
  type World,
  withCredential,
} from './world.ts'

const run = async (world: World) =>
  audit({ source: await world.source(), key: world.logKey, kept: [], crypto: nodeCrypto, now: LATER })

const codes = async (world: World) => Object.keys((await run(world)).counts).sort()

/** An approved and redeemed action of the authority. */
const approved = (world: World, name: string, by = [world.ada]) => world.request({ by, executor: ISSUER, name })

/** By type: the action that brings the change about, and its entry. */
const CHANGES: readonly (readonly [string, string, JsonObject])[] = [
  ['agent.added', 'countersign.agent.add', { agent: 'another', run_by: null, principals: [] }],
  ['executor.added', 'countersign.executor.add', { executor: 'https://wiki.example' }],
  ['executor.changed', 'countersign.executor.update', { executor: 'https://wiki.example' }],
  ['credential.added', 'countersign.credential.add', { credential: 'c', kind: 'auditor', subject: 'me' }],
  [
    'credential.added',
    'countersign.webhook.add',
    { credential: 'c', kind: 'webhook', subject: 'https://hooks.example' },
  ],
  ['approver.enrolled', 'countersign.approver.enrol', { approver: 'eve', roles: [], payloads: [] }],
  ['policy.changed', 'countersign.policy.change', { policy: 'sha-256:x' }],
  ['key.rotated', 'countersign.key.rotate', { key: 'k' }],
  ['killswitch.released', 'countersign.killswitch.release', { killswitch: 'k' }],
]

describe.each(CHANGES)('%s by %s', (type, name, stated) => {
  const sealed = (world: World) => withCredential(world, type, stated)
  const begin = async () => {
    const world = await createWorld()
    if (type === 'killswitch.released') {
      world.write('killswitch.engaged', { killswitch: 'k', selector: { agent: 'nobody' }, approver: 'ben' })
    }
    return world
  }

  it('follows an approval for it that was spent', async () => {
    const world = await begin()
    const { id } = await approved(world, name)
    world.write(type, { ...(await sealed(world)), request: id }, traceOf(id))
    expect(await codes(world)).toEqual([])
  })

  it.each([
    ['without one', async () => ({})],
    [
      'with one that was never spent',
      async (world: World) => world.request({ by: [world.ada], executor: ISSUER, name, redeem: 0 }),
    ],
    ['with one for something else', async (world: World) => approved(world, 'countersign.payload.erase')],
    ['with one at another executor', async (world: World) => world.request({ by: [world.ada], name })],
    ['with one that no admin consented to', async (world: World) => approved(world, name, [world.ben])],
    ['with a policy’s word', async (world: World) => world.request({ executor: ISSUER, name })],
  ])('is found %s', async (_, happen) => {
    const world = await begin()
    const request = await happen(world)
    world.write(type, { ...(await sealed(world)), ...('id' in request && { request: request.id }) })
    expect(await codes(world)).toEqual(['change_without_approval'])
  })

  it('is found as the second change of one approval', async () => {
    const world = await begin()
    const { id } = await approved(world, name)
    world.write(type, { ...(await sealed(world)), request: id }, traceOf(id))
    if (type === 'killswitch.released') {
      world.write('killswitch.engaged', { killswitch: 'k', selector: { agent: 'nobody' }, approver: 'ben' })
    }
    const again = type === 'approver.enrolled' ? { ...stated, approver: 'mallory' } : await sealed(world)
    world.write(type, { ...again, request: id }, traceOf(id))
    expect(await codes(world)).toEqual(['change_without_approval'])
  })
})

describe('a credential of software', () => {
  const entry = async (world: World, members: JsonObject) => {
    const { id } = await approved(world, 'countersign.credential.add')
    const stated = { kind: 'auditor', subject: 'me', request: id }
    world.write(
      'credential.added',
      { ...(await withCredential(world, 'credential.added', stated)), ...members },
      traceOf(id),
    )
  }
  const OTHER = { hash: 'A'.repeat(43), expires: LATER * 2, subject: 'eve', kind: 'operator', credential: 'other' }

  it.each(Object.keys(OTHER))('is found where its %s is not the sealed one', async (member) => {
    const world = await createWorld()
    await entry(world, { [member]: OTHER[member as keyof typeof OTHER] })
    expect(await codes(world)).toEqual(['credential_unsealed'])
  })

  it.each(['', 'no seal', null])('is found with the seal %j', async (seal) => {
    const world = await createWorld()
    await entry(world, { seal })
    expect(await codes(world)).toEqual(['credential_unsealed'])
  })

  it('may be sealed by a further key later, but only as it was registered', async () => {
    const world = await createWorld()
    const stated = { kind: 'auditor', subject: 'me' }
    const { id } = await approved(world, 'countersign.credential.add')
    const sealed = await withCredential(world, 'credential.added', stated)
    world.write('credential.added', { ...sealed, request: id, seal: 'of a key that is gone' }, traceOf(id))
    world.write('credential.sealed', sealed)
    expect(await codes(world)).toEqual([])
    world.write('credential.sealed', await withCredential(world, 'credential.added', stated))
    expect(await codes(world)).toEqual(['credential_unsealed'])
  })
})

describe('an erasure', () => {
  const erased = async (...entries: readonly (readonly [of: JsonObject, changed?: JsonObject])[]) => {
    const world = await createWorld()
    const { id } = await world.request()
    for (const [of, changed] of entries) await erase(world, { request: id, ...of }, changed)
    return world
  }

  it('carries the seal of the log’s key, and a request can have several', async () => {
    expect(await codes(await erased([{}], [{}]))).toEqual([])
  })

  it.each<JsonObject>([
    { order: 'another' },
    { payloads: [] },
    { payloads: ['sha-256:x', 'sha-256:y'] },
    { payloads: null },
    { erased: 101 },
    { request: 'another' },
    { seal: null },
    { seal: '' },
    { seal: 'no seal' },
  ])('is found with %j that nobody sealed, whatever a sealed one beside it says', async (changed) => {
    const { findings } = await run(await erased([{}, changed], [{}]))
    expect(findings).toMatchObject([{ code: 'erasure_unsealed', subject: changed['request'] ?? expect.any(String) }])
  })

  it.each([
    ['holds', true],
    ['is found', false],
  ])('by a former key of the log %s, as the present one vouches for it: %s', async (_, isVouched) => {
    const world = await erased([{}])
    const [former, next] = [world.log, await makeSigner(ORIGIN)]
    const vkey = await formatNoteKey(ORIGIN, ED25519, former.publicKey)
    const row = { kind: 'logkey', id: vkey, content: { log_vkey: vkey } }
    const seal = await sealDigest(await digestOf(row), isVouched ? [former, next] : [former])
    world.write('logkey.sealed', { log_vkey: vkey, seal })
    world.log = next
    world.logKey = await noteKeyOf(next, ED25519)
    const found = (await codes(world)).includes('erasure_unsealed')
    expect(found).toBe(!isVouched)
  })
})

describe('what needs nobody’s approval', () => {
  it('is the operator’s own: a key of the configuration, said to be one', async () => {
    const world = await createWorld()
    world.write('key.rotated', { key: 'k', configured: true })
    expect(await codes(world)).toEqual([])
  })

  it('is a change at bootstrap, and only before there is an admin', async () => {
    const world = await createWorld()
    world.write('policy.changed', { policy: 'sha-256:x', bootstrap: true })
    await enrol(world, { id: 'eve', passkeys: [] }, { roles: ['approver'], bootstrap: true })
    expect(await codes(world)).toEqual(['bootstrap_after_admin'])
  })
})

describe('a party that was added again after its removal', () => {
  const added = async (world: World, members: JsonObject) => {
    const type = members['agent'] === undefined ? 'executor' : 'agent'
    const { id } = await approved(world, `countersign.${type}.add`)
    world.write(`${type}.removed`, members)
    const anew = await withCredential(world, `${type}.added`, { ...members, run_by: null, principals: [], request: id })
    world.write(`${type}.added`, anew, traceOf(id))
  }

  it.each<[string, JsonObject]>([
    ['agent_removed', { agent: 'some-agent' }],
    ['executor_removed', { executor: EXECUTOR }],
  ])('acts again, and nothing of before does (%s)', async (code, members) => {
    const world = await createWorld()
    const before = await world.request({ until: 'issued' })
    await added(world, members)
    await world.request()
    expect(await codes(world)).toEqual([])
    world.write('token.redeemed', { ...before.members, jti: before.jti }, traceOf(before.id))
    expect(await codes(world)).toEqual([code])
  })
})

describe('a kill switch', () => {
  const engage = (world: World, selector: JsonObject) => {
    world.write('killswitch.engaged', { killswitch: 'k', selector, approver: 'ben' })
    world.now += 1
  }
  const ID = base64urlEncode(new Uint8Array(16).fill(7))

  it.each<JsonObject>([
    {},
    { agent: 'some-agent' },
    { principal: 'zoe' },
    { executor: EXECUTOR },
    { action: 'forum.post' },
    { action: 'forum.*' },
    { action: '*' },
    { agent: 'some-agent', executor: EXECUTOR, action: 'forum.*' },
  ])('that selects %j is ignored by a decision, a token, a redemption', async (selector) => {
    for (const step of ['decided', 'issued', undefined] as const) {
      const world = await createWorld()
      engage(world, selector)
      await world.request({ ...(step && { until: step }), redeem: 1 })
      expect(await codes(world)).toEqual(['killswitch_ignored'])
    }
  })

  it.each(['deep-agent', 'the-actor'])('that selects %s, somewhere in the chain, is ignored too', async (agent) => {
    const world = await createWorld()
    const { members, id } = await world.request({ until: 'created' })
    const act = { sub: 'some-agent', act: { sub: 'middle', act: { sub: 'deep-agent' } } }
    const other = base64urlEncode(new Uint8Array(16).fill(9))
    engage(world, { agent })
    world.write('request.created', { ...members, request: other, act }, traceOf(other))
    const decision = { decision: 'allow', quorum: 0, uses: 1, client_id: 'the-actor', self_approval: false }
    world.write('request.decided', { ...members, request: other, policy: 'sha-256:x', ...decision }, traceOf(other))
    expect(id).not.toBe(other)
    expect(await codes(world)).toEqual(['killswitch_ignored'])
  })

  it.each([['request'], ['trace']])('that selects one %s is ignored by its redemption', async (member) => {
    const world = await createWorld()
    const { members, id, jti } = await world.request({ until: 'issued' })
    engage(world, member === 'request' ? { request: id } : { trace: traceOf(id) })
    world.write('token.redeemed', { ...members, jti }, traceOf(id))
    await world.request()
    expect(await codes(world)).toEqual(['killswitch_ignored'])
  })

  it.each<JsonObject>([
    { agent: 'another' },
    { principal: 'zoé' },
    { executor: 'https://wiki.example' },
    { action: 'forum' },
    { action: 'forum.post.*' },
    { agent: 'some-agent', action: 'forum.delete' },
    { request: ID },
    { trace: traceOf(ID) },
  ])('that selects %j leaves others alone', async (selector) => {
    const world = await createWorld()
    engage(world, selector)
    await world.request({ by: [world.ben] })
    expect(await codes(world)).toEqual([])
  })

  it('forbids nothing that makes things safer, and nothing to the authority itself', async () => {
    const world = await createWorld()
    const { members, id, jti } = await world.request({ until: 'issued' })
    engage(world, {})
    world.write('token.revoked', { ...members, jti, cause: 'killswitch.engaged' }, traceOf(id))
    await world.request({ decision: 'deny', until: 'decided' })
    await approved(world, 'countersign.agent.add')
    expect(await codes(world)).toEqual([])
  })

  it('ends when it is released, and not before', async () => {
    const world = await createWorld()
    engage(world, {})
    const { id } = await approved(world, 'countersign.killswitch.release')
    world.write('killswitch.released', { killswitch: 'k', request: id }, traceOf(id))
    await world.request()
    expect(await codes(world)).toEqual([])
  })

  it('ends with others when one approval releases them, each of which was engaged', async () => {
    const world = await createWorld()
    engage(world, {})
    const { id } = await approved(world, 'countersign.killswitch.release')
    world.write('killswitch.released', { killswitches: ['k', 'other'], request: id }, traceOf(id))
    await world.request()
    expect(await codes(world)).toEqual(['killswitch_unknown'])
  })

  it('is neither engaged twice nor released without being engaged', async () => {
    const world = await createWorld()
    engage(world, {})
    engage(world, {})
    const { id } = await approved(world, 'countersign.killswitch.release')
    world.write('killswitch.released', { killswitch: 'other', request: id }, traceOf(id))
    expect(await codes(world)).toEqual(['killswitch_duplicate', 'killswitch_unknown'])
  })

  it.each([[{ agents: 'x' }], [{ action: 'a*b' }], ['everything'], [null]])(
    'has a selector, not %j',
    async (selector) => {
      const world = await createWorld()
      world.write('killswitch.engaged', { killswitch: 'k', selector })
      expect(await codes(world)).toEqual(['entry_malformed'])
    },
  )
})
