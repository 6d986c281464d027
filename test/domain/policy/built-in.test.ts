/** The built-in policy: reads pass, everything else needs one human, the unknown is denied. */
import { describe, expect, it } from 'vitest'
import { builtInPolicy } from '../../../src/domain/policy/built-in.ts'
import { ACTION, agentNamed, forum, ISSUER, NOW } from '../approval/sample.ts'

const OPTIONS = { ttlSeconds: 120, selfApproval: false, authority: ISSUER }
const query = (name: string, executor = forum()) => ({
  agent: agentNamed('helpdesk-agent'),
  principal: 'ada',
  executor,
  name,
  resource: ACTION.resource,
  arguments: null,
  preview: null,
  state: null,
  now: NOW,
})

describe('the built-in policy', () => {
  it.each([
    ['forum.read', 'allow'],
    ['forum.post', 'approval'],
    ['forum.delete', 'approval'],
    ['forum.launch', 'deny'],
    ['toString', 'deny'],
    ['', 'deny'],
  ])('answers %s with %s', async (name, effect) => {
    const policy = await builtInPolicy(OPTIONS)
    expect(await policy.decide(query(name))).toMatchObject({ effect, policy: policy.digest })
  })

  it('asks one approver, for an executor’s action; self-approval is a setting', async () => {
    for (const selfApproval of [false, true]) {
      const policy = await builtInPolicy({ ...OPTIONS, selfApproval })
      const terms = {
        approvers: [{ groups: ['approver'], count: 1 }],
        quorum: 1,
        ttlSeconds: 120,
        actor: null,
        selfApproval,
      }
      expect(await policy.decide(query('forum.post'))).toMatchObject({ terms })
    }
  })

  it('asks an admin for a change to the authority itself, who may be alone', async () => {
    const policy = await builtInPolicy(OPTIONS)
    const own = forum({ audience: ISSUER })
    expect(await policy.decide(query('forum.post', own))).toMatchObject({
      terms: { approvers: [{ groups: ['admin'], count: 1 }], selfApproval: true },
    })
  })

  it('has another digest with other options, and the same with the same', async () => {
    const digests = await Promise.all(
      [
        OPTIONS,
        { ...OPTIONS, ttlSeconds: 60 },
        { ...OPTIONS, selfApproval: true },
        { ...OPTIONS, authority: 'https://b.example' },
      ].map(async (options) => (await builtInPolicy(options)).digest),
    )
    expect(new Set(digests).size).toBe(4)
    expect((await builtInPolicy(OPTIONS)).digest).toBe(digests[0])
  })
})
