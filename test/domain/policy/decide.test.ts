/** Deciding: whatever an engine says or does, nothing gets through that is not well within bounds. */
import { describe, expect, it, vi } from 'vitest'
import { decide } from '../../../src/domain/policy/decide.ts'
import type { Policy, PolicyDecision, PolicyQuery, Terms } from '../../../src/domain/policy/policy.ts'
import { ACTION, agentNamed, DIGEST, forum, ISSUER, NOW, permitted, quorumOf, TERMS } from '../approval/sample.ts'
import { callTo } from './cedar.ts'

const query = (more: Partial<PolicyQuery> = {}): PolicyQuery =>
  callTo(ACTION.name, { principal: 'ada', arguments: ACTION.arguments, ...more })

const policyThat = (answer: Policy['decide']): Policy => ({
  version: 1,
  digest: DIGEST,
  title: 'A stub',
  authority: ISSUER,
  facts: [],
  reads: () => ({ call: false, people: false, session: false, time: false, history: [] }),
  decide: answer,
})

const withTerms = (terms: Partial<Record<keyof Terms, unknown>>): PolicyDecision =>
  permitted('approval', { ...TERMS, ...terms } as Terms)

describe('a decision', () => {
  it.each<PolicyDecision>([
    permitted('allow'),
    permitted('approval'),
    { effect: 'deny', policy: DIGEST, policies: [], reason: 'No.' },
  ])('is the policy’s own: $effect', async (decision) => {
    const policies = [policyThat(() => decision), policyThat(async () => decision)]
    for (const policy of policies) expect(await decide(policy, query())).toMatchObject(decision)
  })

  it('allows a grant of 100 calls where the policy says nothing, and none of what destroys for good', async () => {
    const usesOf = async (name: string, terms = TERMS) => {
      const decided = await decide(
        policyThat(() => permitted('approval', terms)),
        query({ name }),
      )
      return decided.effect === 'deny' ? null : decided.terms.grantUses
    }
    expect(await usesOf('forum.post')).toBe(100)
    expect(await usesOf('forum.post', { ...TERMS, typedTarget: true })).toBe(0)
    expect(await usesOf('forum.delete')).toBe(0)
    expect(await usesOf('forum.delete', { ...TERMS, grantUses: 3 })).toBe(3)
    expect(await usesOf('forum.post', { ...TERMS, grantUses: 1001 })).toBeNull()
  })

  it.each<[string, Policy['decide']]>([
    [
      'throws',
      () => {
        throw new Error('secret detail')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('secret detail')
      },
    ],
    [
      'throws nothing',
      () => {
        throw undefined
      },
    ],
    ['says nothing', () => undefined as never],
  ])('is no where the engine %s, without its words', async (_, answer) => {
    const decision = await decide(policyThat(answer), query())
    expect(decision).toMatchObject({ effect: 'deny', policy: DIGEST })
    expect(JSON.stringify(decision)).not.toContain('secret')
  })

  it.each<[Partial<Record<keyof Terms, unknown>>]>([
    [quorumOf(0)],
    [quorumOf(9)],
    [quorumOf(1.5)],
    [{ quorum: 2 }],
    [{ approvers: [] }],
    [{ approvers: [{ groups: [], count: 1 }] }],
    [{ quorum: 0 }],
    [{ quorum: 9 }],
    [{ quorum: 1.5 }],
    [{ quorum: Number.NaN }],
    [{ quorum: '2' }],
    [{ ttlSeconds: 0 }],
    [{ ttlSeconds: 601 }],
    [{ ttlSeconds: Number.POSITIVE_INFINITY }],
    [{ uses: 0 }],
    [{ uses: 1001 }],
    [{ uses: -1 }],
  ])('is no for terms out of bounds: %j', async (terms) => {
    expect(
      await decide(
        policyThat(() => withTerms(terms)),
        query(),
      ),
    ).toMatchObject({ effect: 'deny' })
    const allowed: PolicyDecision = permitted('allow', { ...TERMS, ...terms } as Terms)
    expect(
      await decide(
        policyThat(() => allowed),
        query(),
      ),
    ).toMatchObject({ effect: 'deny' })
  })

  it.each([quorumOf(8), { ttlSeconds: 600 }, { uses: 1000 }, { ttlSeconds: 1 }])(
    'may go to the bounds: %j',
    async (terms) => {
      expect(
        await decide(
          policyThat(() => withTerms(terms)),
          query(),
        ),
      ).toMatchObject({ effect: 'approval' })
    },
  )

  it.each<[string, Partial<PolicyQuery>]>([
    ['an agent that was revoked', { agent: agentNamed('helpdesk-agent', { revokedAt: NOW }) }],
    ['an executor that was revoked', { executor: forum({ revokedAt: NOW }) }],
    ['a principal the agent may not act for', { principal: 'somebody' }],
    ['the principal “__proto__”', { principal: '__proto__' }],
  ])('is no for %s, and the engine is not even asked', async (_, more) => {
    const answer = vi.fn(() => withTerms({}))
    expect(await decide(policyThat(answer), query(more))).toMatchObject({ effect: 'deny' })
    expect(answer).not.toHaveBeenCalled()
  })

  it('is no for an action that its catalogue binds to a state, while no state is named', async () => {
    const bound = { name: ACTION.name, effect: 'write', reversible: true, state: 'required' } as const
    const executor = forum({ catalogue: [bound, { ...bound, name: 'forum.other', state: undefined }] })
    const answer = vi.fn(() => withTerms({}))
    expect(await decide(policyThat(answer), query({ executor }))).toMatchObject({
      effect: 'deny',
      reason: expect.stringContaining('relay its challenge'),
    })
    expect(answer).not.toHaveBeenCalled()
    for (const more of [{ state: DIGEST }, { name: 'forum.other' }])
      expect(await decide(policyThat(answer), query({ executor, ...more }))).toMatchObject({ effect: 'approval' })
  })
})
