/** The rules of consent for lists: requests share an answer where a rule cannot tell them apart, and only there. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { ApprovalRequest } from '../../../src/domain/approval/approval-request.ts'
import { forAllAlike } from '../../../src/domain/consent/alike.ts'
import { RECOVER_APPROVER } from '../../../src/domain/consent/eligibility.ts'
import type { Member } from '../../../src/domain/policy/quorum.ts'
import { request, TERMS } from '../approval/sample.ts'

let base: ApprovalRequest
beforeAll(async () => {
  base = await request()
})

const recovering = (approver: string): Partial<ApprovalRequest> => ({
  name: RECOVER_APPROVER,
  action: { name: RECOVER_APPROVER, resource: `approver:${approver}`, arguments: { approver }, salt: '' },
})

/** How often a rule is asked about these, one after another. */
function asked(...all: readonly (readonly [Partial<ApprovalRequest>, (readonly Member[])?])[]): number {
  let count = 0
  const rule = forAllAlike(() => ++count)
  for (const [changes, consented = []] of all) rule({ ...base, ...changes }, consented)
  return count
}

it('asks once for requests that differ in what no rule reads', () => {
  expect(asked([{}], [{ id: 'another', createdAt: 1, expiresAt: 2, digest: `sha-256:${'A'.repeat(43)}` }])).toBe(1)
  expect(asked([{ action: null }], [{}])).toBe(1)
})

describe('asks again', () => {
  const entry = { name: 'forum.post', effect: 'write', reversible: true } as const
  it.each<[string, Partial<ApprovalRequest>, Partial<ApprovalRequest>]>([
    ['name', {}, { name: 'forum.delete' }],
    ['executor', {}, { audience: 'https://elsewhere.example' }],
    ['principal', {}, { principal: 'zoe' }],
    ['chain of agents', {}, { act: { sub: 'helpdesk-agent', act: { sub: 'planner' } } }],
    ['actor', {}, { actor: 'gateway' }],
    ['proposer', {}, { proposedBy: 'ben' }],
    ['separation', { separation: null }, { separation: true }],
    ['terms', {}, { terms: { ...TERMS, quorum: 2 } }],
    ['effect', { catalogueEntry: entry }, { catalogueEntry: { ...entry, effect: 'destructive' } }],
    ['way back', { catalogueEntry: entry }, { catalogueEntry: { ...entry, reversible: false } }],
    ['person who gets access again', recovering('ada'), recovering('ben')],
  ])('where the %s differs', (_, one, other) => {
    expect(asked([one], [other], [one], [other])).toBe(2)
  })
  it('where others have consented', () => {
    const cleo = { id: 'cleo', groups: ['approver'] }
    expect(asked([{}], [{}, [cleo]], [{}, [{ ...cleo, groups: ['legal'] }]], [{}, [cleo]])).toBe(3)
  })
})
