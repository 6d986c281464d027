/** Audits of an honest ledger, and of one in which a fact lacks its cause. */
import { type ApprovalClaims, base64urlEncode, digestOf } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { RULES } from '../../src/audit/rules/read-ledger.ts'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { ENTRY_TYPES } from '../../src/domain/ledger/entry.ts'
import {
  addPasskey,
  consent,
  createWorld,
  EXECUTOR,
  enrol,
  erase,
  ISSUER,
  LATER,
  nodeCrypto,
  register,
  type World,
  withCredential,
} from './world.ts'

const run = async (world: World, now = LATER) =>
  audit({ source: await world.source(), key: world.logKey, kept: [], crypto: nodeCrypto, now })

/** The codes an audit finds, each once, in the order of the alphabet. */
const codes = async (world: World, now?: number) => Object.keys((await run(world, now)).counts).sort()

describe('an honest ledger', () => {
  it('has no entry without a rule', () => {
    expect([...RULES.keys()].sort()).toEqual([...ENTRY_TYPES].sort())
  })

  it('has nothing to find, and everything was looked at', async () => {
    const world = await createWorld()
    const state = await digestOf('v1')
    await world.request({ by: [world.ada] })
    await world.request({ by: [world.ada, world.ben] })
    await world.request()
    await world.request({ uses: 3, redeem: 3 })
    await world.request({ by: [world.ada], state })
    await world.request({ state })
    await world.request({ by: [world.ben], until: 'consented' })
    await world.request({ by: [world.ben], state, until: 'consented' })
    const result = await run(world)
    expect(result.findings).toEqual([])
    expect(result.rebuilt).toBe(true)
    expect(result.tokens).toEqual({ issued: 7, checked: 7, alive: 0 })
    expect(result.consents).toEqual({ checked: 2, unbound: 0 })
    expect(result.figures.outcomes).toEqual({ succeeded: 9 })
  })

  it('says so of more than one bundle and one level of tiles', async () => {
    const world = await createWorld()
    for (let count = 0; count < 110; count++) await world.request()
    expect(world.entries.length).toBeGreaterThan(512)
    expect((await run(world)).findings).toEqual([])
  })

  it('knows an executor that lost an action of its catalogue for one that goes on', async () => {
    const world = await createWorld()
    world.write('executor.removed', { executor: EXECUTOR, name: 'forum.delete', approver: 'ada' })
    await world.request()
    expect((await run(world)).findings).toEqual([])
  })

  it('leaves a token that was issued after the checkpoint to the next audit, and no other', async () => {
    const world = await createWorld()
    await world.request({ by: [world.ada] })
    const later = { ...world.artifacts.at(-1), jti: 'AAAAAAAAAAAAAAAAAAAAAA' }
    world.artifacts.push({ index: world.entries.length, ...later })
    expect(await codes(world)).toEqual([])
    world.artifacts.push({ index: world.entries.length - 1, ...later })
    expect(await codes(world)).toEqual(['token_unlogged'])
  })

  it('waits for the text of a token that is still alive', async () => {
    const world = await createWorld()
    await world.request({ by: [world.ben], serve: false, until: 'issued' })
    const result = await run(world, world.now + 60)
    expect(result.findings).toEqual([])
    expect(result.tokens.alive).toBe(1)
    expect(result.consents.checked).toBe(1)
    expect(await codes(world)).toEqual(['token_not_served'])
  })
})

const CHAIN = { sub: 'some-agent', act: { sub: 'planner', act: { sub: 'front-desk' } } }

/** Asked for by a chain of agents, to be carried out by another, several times. */
const unusual = (claims: ApprovalClaims): ApprovalClaims => ({ ...claims, act: CHAIN, client_id: 'runner' })

describe('consents of requests that never had a token', () => {
  it('go on while their outcome is not known, which is reported in the end', async () => {
    const world = await createWorld()
    const { members, jti, id } = await world.request({ outcome: false })
    const report = (outcome: string) =>
      world.write('outcome.reported', { ...members, jti, use: 1, outcome, payloads: [] }, traceOf(id))
    report('indeterminate')
    world.write('call.continued', { ...members, jti, use: 1, round: 1 }, traceOf(id))
    report('succeeded')
    expect((await run(world)).findings).toEqual([])
  })

  it.each(['request.expired', 'request.withdrawn', 'consent.denied'])(
    'are bound to what was asked: %s',
    async (end) => {
      const world = await createWorld()
      const { members, id } = await world.request({
        by: [world.ada],
        quorum: 2,
        uses: 3,
        claims: unusual,
        until: 'consented',
      })
      world.write(end, { ...members, ...(end === 'consent.denied' && { approver: 'ben', payloads: [] }) }, traceOf(id))
      const result = await run(world)
      expect(result.findings).toEqual([])
      expect(result.consents).toEqual({ checked: 1, unbound: 0 })
    },
  )

  it.each([
    ['request.created', '"act":{"act":{"act":{"sub":"front-desk"}', '"act":{"act":{"act":{"sub":"back-desk"}'],
    ['request.created', '"preview":null', `"preview":"sha-256:${'A'.repeat(43)}"`],
    ['request.created', '"expires":18000', '"expires":18001'],
    ['request.decided', '"client_id":"runner"', '"client_id":"walker"'],
    ['request.decided', '"uses":3', '"uses":30'],
    ['request.decided', '"quorum":2', '"quorum":1'],
    ['request.decided', '"policy":"sha-256:', '"policy":"sha-256;'],
  ])('cannot stand under another %s: %s', async (type, said, instead) => {
    const world = await createWorld()
    await world.request({ by: [world.ada], quorum: 2, uses: 3, claims: unusual, until: 'consented' })
    const at = world.entries.findLastIndex((entry) => text(entry).includes(`"type":"${type}"`))
    const changed = text(world.entries[at] ?? new Uint8Array()).replace(said, instead)
    expect(changed).toContain(instead)
    world.entries[at] = new TextEncoder().encode(changed)
    expect(await codes(world)).toEqual(['consent_other_statement'])
  })

  it('are still read where entries do not name every member yet', async () => {
    const world = await createWorld()
    await world.request({ by: [world.ada], old: true, until: 'consented' })
    await world.request({ by: [world.ben], old: true, claims: unusual, until: 'consented' })
    await world.request({ by: [world.ada], old: true })
    await world.request({ old: true })
    const result = await run(world)
    expect(result.findings).toEqual([])
    expect(result.consents).toEqual({ checked: 2, unbound: 1 })
  })

  it('may be given one before and one after entries came to say whether somebody approved for themselves', async () => {
    const world = await createWorld()
    const opened = { now: world.now }
    const { members, id, claims } = await world.request({ by: [world.ada], quorum: 2, old: true, until: 'consented' })
    const second = await consent(opened, claims, world.ben, world.ben.passkeys[0])
    world.write('consent.given', { ...members, approver: 'ben', separation: true, consent: second }, traceOf(id))
    expect((await run(world)).findings).toEqual([])
  })

  it('may be given anew by a person whose passkey was revoked', async () => {
    const world = await createWorld()
    const [first, second] = world.ben.passkeys
    const opened = { now: world.now }
    const { members, id, claims } = await world.request({ by: [world.ben], until: 'consented' })
    world.write('credential.revoked', { approver: 'ben', credential: 'x', key: first?.kid })
    const again = await consent(opened, claims, world.ben, second)
    world.write('consent.given', { ...members, approver: 'ben', separation: true, consent: again }, traceOf(id))
    expect((await run(world)).findings).toEqual([])
  })
})

const ownApproval = (claims: ApprovalClaims): ApprovalClaims => ({
  ...claims,
  sub: 'ada',
  approval: { ...claims.approval, separation: false },
})

/** By code: what has to happen for it to be found, and for nothing else to be found. */
const CAUSES: readonly (readonly [string, (world: World) => Promise<unknown>])[] = [
  [
    'redemption_without_token',
    async (world) => {
      const { members, id } = await world.request({ by: [world.ada], until: 'consented' })
      world.write('token.redeemed', { ...members, jti: 'AAAAAAAAAAAAAAAAAAAAAA' }, traceOf(id))
    },
  ],
  ['redemption_beyond_uses', (world) => world.request({ uses: 2, redeem: 3 })],
  [
    'redemption_beyond_uses',
    async (world) => {
      const { members, jti, id } = await world.request({ uses: 7, until: 'issued' })
      world.write('token.redeemed', { ...members, jti, use: 8 }, traceOf(id))
    },
  ],
  [
    'redemption_duplicate',
    async (world) => {
      const { members, jti, id } = await world.request({ uses: 7, until: 'issued' })
      for (const use of [1, 3, 3]) world.write('token.redeemed', { ...members, jti, use }, traceOf(id))
    },
  ],
  [
    'redemption_after_end',
    async (world) => {
      const { members, jti, id } = await world.request({ until: 'issued' })
      world.write('token.revoked', { ...members, jti }, traceOf(id))
      world.write('token.redeemed', { ...members, jti }, traceOf(id))
    },
  ],
  [
    'redemption_after_end',
    async (world) => {
      const { members, jti, id } = await world.request({ until: 'issued' })
      world.now += 126
      world.write('token.redeemed', { ...members, jti }, traceOf(id))
    },
  ],
  [
    'redemption_mismatch',
    async (world) => {
      const { members, jti, id } = await world.request({ until: 'issued' })
      world.write('token.redeemed', { ...members, jti, executor: ISSUER }, traceOf(id))
    },
  ],
  [
    'outcome_without_redemption',
    async (world) => {
      const { members, jti, id } = await world.request({ until: 'issued' })
      world.write('outcome.reported', { ...members, jti, use: 1, outcome: 'failed', payloads: [] }, traceOf(id))
    },
  ],
  [
    'outcome_without_redemption',
    async (world) => {
      const { members, jti, id } = await world.request({ uses: 7, until: 'issued' })
      world.write('token.redeemed', { ...members, jti, use: 3 }, traceOf(id))
      world.write('outcome.reported', { ...members, jti, use: 1, outcome: 'failed', payloads: [] }, traceOf(id))
    },
  ],
  [
    'outcome_duplicate',
    async (world) => {
      const { members, jti, id } = await world.request()
      world.write('outcome.reported', { ...members, jti, use: 1, outcome: 'failed', payloads: [] }, traceOf(id))
    },
  ],
  [
    'outcome_duplicate',
    async (world) => {
      const { members, jti, id } = await world.request({ outcome: false })
      const unknown = { ...members, jti, use: 1, outcome: 'indeterminate', payloads: [] }
      for (let time = 0; time < 2; time++) world.write('outcome.reported', unknown, traceOf(id))
    },
  ],
  [
    'round_without_redemption',
    async (world) => {
      const { members, jti, id } = await world.request()
      world.write('call.continued', { ...members, jti, use: 1, round: 1 }, traceOf(id))
    },
  ],
  [
    'redemption_mismatch',
    async (world) => {
      const { members, jti, id } = await world.request({ outcome: false })
      world.write('call.continued', { ...members, name: 'forum.delete', jti, use: 1, round: 1 }, traceOf(id))
    },
  ],
  [
    'revocation_without_token',
    async (world) => world.write('token.revoked', { jti: 'AAAAAAAAAAAAAAAAAAAAAA', cause: 'agent.removed' }),
  ],
  ['token_without_allow', (world) => world.request({ decision: 'approval', quorum: 0 })],
  ['token_quorum', (world) => world.request({ by: [world.ada], quorum: 2 })],
  [
    'token_after_end',
    async (world) => {
      const { members, id } = await world.request({ by: [world.ada], until: 'consented', quorum: 1 })
      world.write('consent.denied', { ...members, approver: 'ben', payloads: [] }, traceOf(id))
      const digest = 'sha-256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
      const token = { jti: 'AAAAAAAAAAAAAAAAAAAAAA', quorum: 1, origin: 'human', claims: digest }
      world.write('token.issued', { ...members, ...token }, traceOf(id))
      await erase(world, { jti: token.jti })
    },
  ],
  [
    'token_duplicate',
    async (world) => {
      await world.request()
      const issued = world.entries.find((entry) => text(entry).includes('"token.issued"'))
      if (issued) world.entries.push(restamped(issued, world.now))
    },
  ],
  ['token_mismatch', (world) => world.request({ by: [world.ada], tampered: (claims) => ({ ...claims, aud: ISSUER }) })],
  [
    'request_unknown',
    async (world) => {
      const id = base64urlEncode(new Uint8Array(16))
      world.write('request.withdrawn', { request: id, agent: 'some-agent' }, traceOf(id))
    },
  ],
  [
    'request_ended_twice',
    async (world) => {
      const { members, id } = await world.request({ by: [world.ada], until: 'decided', quorum: 1 })
      world.write('request.expired', members, traceOf(id))
      world.write('request.withdrawn', members, traceOf(id))
    },
  ],
  [
    'trace_mismatch',
    async (world) => world.write('request.created', { ...parties, request: 'BBBBBBBBBBBBBBBBBBBBBA' }),
  ],
  [
    'agent_unknown',
    async (world) => {
      const request = 'BBBBBBBBBBBBBBBBBBBBBA'
      world.write('request.created', { ...parties, request, agent: 'nobody' }, traceOf(request))
    },
  ],
  [
    'executor_removed',
    async (world) => {
      world.write('executor.removed', { executor: EXECUTOR, approver: 'ada' })
      await world.request({ until: 'created' })
    },
  ],
  [
    'agent_removed',
    async (world) => {
      const { members, id, jti } = await world.request({ until: 'decided' })
      world.write('agent.removed', { agent: 'some-agent', approver: 'ada' })
      const digest = 'sha-256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
      world.write('token.issued', { ...members, jti, quorum: 0, origin: 'policy', claims: digest }, traceOf(id))
      await erase(world, { jti })
    },
  ],
  [
    'separation_untrue',
    (world) => world.request({ by: [world.ada], claims: (claims) => withPrincipal(claims, 'ada') }),
  ],
  [
    'separation_untrue',
    (world) => world.request({ by: [world.ada], claims: (claims) => withPrincipal(claims, 'ada'), until: 'consented' }),
  ],
  ['consent_own', (world) => world.request({ by: [world.ada], claims: ownApproval, until: 'consented' })],
  [
    'consent_mixed',
    (world) => world.request({ by: [world.ada, world.ben], separation: [false, true], selfApproval: true }),
  ],
  ['decision_terms', (world) => world.request({ decision: 'approval', quorum: 9, until: 'decided' })],
  ['decision_terms', (world) => world.request({ decision: 'allow', quorum: 1, until: 'decided' })],
  ['token_life', (world) => world.request({ claims: (claims) => ({ ...claims, exp: claims.iat + 601 }) })],
  ['consent_expired', (world) => world.request({ by: [world.ada], tampered: (claims) => outlived(claims) })],
  ['key_without_authority', async (world) => enrolKey(world, {})],
  ['approver_duplicate', async (world) => enrol(world, { ...world.ada, passkeys: [] }, { roles: [], bootstrap: true })],
  [
    'bootstrap_after_admin',
    async (world) => register(world, 'agent.added', { agent: 'late', run_by: null, principals: [] }),
  ],
  [
    'change_without_approval',
    async (world) =>
      world.write('agent.added', await withCredential(world, 'agent.added', { agent: 'late', principals: [] })),
  ],
  [
    'membership_unsealed',
    async (world) => {
      const directory = { directory: 'entra', version: 1, groups: ['finance'], expires: LATER }
      const { id } = await world.request({ by: [world.ada], executor: ISSUER, name: 'countersign.directory.add' })
      world.write('directory.added', { ...directory, request: id }, traceOf(id))
      world.write('group.synced', { directory: 'entra', group: 'finance', version: 1, members: ['ben'], seal: 'x' })
    },
  ],
  [
    'change_without_approval',
    async (world) =>
      world.write('group.synced', { directory: 'entra', group: 'finance', version: 1, members: ['ben'], seal: 'x' }),
  ],
  ['credential_unsealed', async (world) => world.write('credential.added', { kind: 'operator', credential: 'c' })],
  [
    'time_backwards',
    async (world) => {
      world.now -= 61
      world.write('key.rotated', { key: 'none' })
    },
  ],
  [
    'time_ahead',
    async (world) => {
      world.now = LATER + 61
      world.write('policy.changed', {})
    },
  ],
  ['entry_unknown_type', async (world) => world.write('token.imagined', {})],
  ['entry_malformed', async (world) => world.entries.push(new TextEncoder().encode('{"at":1'))],
  ['entry_not_canonical', async (world) => world.entries.push(new TextEncoder().encode('{"v":1, "at":1}'))],
  ['entry_not_canonical', async (world) => world.entries.push(new TextEncoder().encode('{"v":1,"at":1}'))],
  ['entry_not_canonical', async (world) => world.entries.push(new TextEncoder().encode('{"at":1e0,"v":1}'))],
  ['entry_not_canonical', async (world) => world.entries.push(new TextEncoder().encode('{"at":1,"at":1,"v":1}'))],
  ['entry_not_canonical', async (world) => world.entries.push(new TextEncoder().encode('{"a":"\\u0041","v":1}'))],
]

/** Shown as approved by somebody else, although the principal approved it. */
const withPrincipal = (claims: ApprovalClaims, sub: string): ApprovalClaims => ({ ...claims, sub })

/** As an authority would that stretches what a person gave. */
const outlived = (claims: ApprovalClaims): ApprovalClaims => {
  const exp = (claims.approval.consents[0]?.expires ?? 0) + 10
  return { ...claims, iat: exp - 100, exp }
}

async function enrolKey(world: World, members: object): Promise<void> {
  const [, second] = world.ada.passkeys
  if (second) await addPasskey(world, world.ada, second, { ...members })
}

const parties = { agent: 'some-agent', executor: EXECUTOR, principal: 'zoe', action: 'x', name: 'forum.post' }
const text = (entry: Uint8Array): string => new TextDecoder().decode(entry)
const restamped = (entry: Uint8Array, at: number): Uint8Array =>
  new TextEncoder().encode(text(entry).replace(/"at":\d+/, `"at":${at}`))

describe('a ledger in which a fact lacks its cause', () => {
  it.each(CAUSES)('%s', async (code, happen) => {
    const world = await createWorld()
    await happen(world)
    expect(await codes(world)).toContain(code)
  })
})
