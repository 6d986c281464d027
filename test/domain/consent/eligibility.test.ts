/** May this person consent, and is it for themselves? A table of everybody who might. */
import { describe, expect, it } from 'vitest'
import type { ApprovalRequest } from '../../../src/domain/approval/approval-request.ts'
import { approvesForSelf, eligibility, whyAlone } from '../../../src/domain/consent/eligibility.ts'
import type { Member } from '../../../src/domain/policy/quorum.ts'
import { approver, NOW, request, TERMS } from '../approval/sample.ts'

interface Case {
  readonly who: string
  readonly runs?: readonly string[]
  readonly request?: Partial<ApprovalRequest>
  readonly person?: Parameters<typeof approver>[1]
  readonly consented?: readonly Member[]
  readonly places?: readonly Member[]
  /** The separation to state, or a word of the refusal. */
  readonly expected: boolean | RegExp
}

const lenient = { terms: { ...TERMS, selfApproval: true } }
const chain = { act: { sub: 'helpdesk-agent', act: { sub: 'planner', act: { sub: 'scheduler' } } } }

const two = {
  ...TERMS,
  approvers: [
    { groups: ['approver'], count: 1 },
    { groups: ['legal'], count: 1 },
  ],
  quorum: 2,
}
const cleo: Member = { id: 'cleo', groups: ['approver'] }

const CASES: readonly Case[] = [
  { who: 'ben', expected: true },
  { who: 'ben', runs: ['other-agent'], expected: true },
  { who: 'ada', expected: /asked for you/ },
  { who: 'ben', runs: ['helpdesk-agent'], expected: /you run/ },
  { who: 'ben', runs: ['scheduler'], request: chain, expected: /you run/ },
  { who: 'ben', runs: ['gateway'], request: { actor: 'gateway' }, expected: /you run/ },
  { who: 'ada', request: lenient, expected: false },
  { who: 'ben', runs: ['planner'], request: { ...lenient, ...chain }, expected: false },
  { who: 'ben', request: lenient, expected: true },
  { who: 'ben', person: { roles: ['auditor'] }, expected: /group “approver”/ },
  { who: 'ben', person: { roles: ['admin'] }, expected: /group “approver”/ },
  { who: 'ben', person: { roles: [] }, expected: /group “approver”/ },
  {
    who: 'ben',
    request: { terms: { ...TERMS, approvers: [{ groups: ['admin'], count: 1 }] } },
    expected: /group “admin”/,
  },
  { who: 'ben', person: { removedAt: NOW }, expected: /no longer/ },
  { who: 'ben', request: { ...lenient, separation: true }, expected: true },
  { who: 'ada', request: { ...lenient, separation: false }, expected: false },
  { who: 'ada', request: { ...lenient, separation: true }, expected: /no longer can/ },
  { who: 'ben', request: { ...lenient, separation: false }, expected: false },
  { who: 'ben', request: { terms: two }, consented: [cleo], expected: /Enough people.*“legal”/ },
  { who: 'ben', person: { groups: ['legal'] }, request: { terms: two }, consented: [cleo], expected: true },
  { who: 'ben', request: { terms: { ...two, ordered: true } }, expected: true },
  {
    who: 'ben',
    person: { roles: ['admin'], groups: ['legal'] },
    request: { terms: { ...two, ordered: true } },
    expected: /not the turn of your group yet.*from “approver”/,
  },
  {
    who: 'ben',
    request: { terms: two },
    consented: [{ id: 'ben', groups: ['approver'] }],
    expected: /have consented to this request before/,
  },
]

describe('eligibility', () => {
  it.each(CASES)('$who, who runs $runs: $expected', async ({ who, expected, ...given }) => {
    const { runs = [], consented = [], places = [], request: more, person } = given
    const verdict = eligibility(await request(more), approver(who, person), { runs, consented, places })
    if (typeof expected === 'boolean')
      return expect(verdict).toEqual({ ok: true, value: { separation: expected, onBehalfOf: null } })
    expect(verdict).toMatchObject({
      ok: false,
      refusal: {
        code: expect.stringMatching(/^(forbidden|request_denied)$/),
        message: expect.stringMatching(expected),
      },
    })
  })

  it('sees self-approval whatever the terms', async () => {
    const asked = await request({ ...chain })
    expect(approvesForSelf(asked, 'ada', [])).toBe(true)
    expect(approvesForSelf(asked, 'ben', ['planner'])).toBe(true)
    expect(approvesForSelf(asked, 'ben', ['plan', 'help', 'desk-agent'])).toBe(false)
  })
})

describe('consenting to several with one gesture', () => {
  const quorum = (people: number) => request({ terms: { ...TERMS, quorum: people } })

  it('is for what executors do, never for the authority itself', async () => {
    expect(whyAlone(await request(), 'https://approve.example')).toBeNull()
    const { audience } = await request()
    expect(whyAlone(await request(), audience)).toMatch(/by itself/)
  })

  it('is for quorums whose consents, of sixteen each, fit into one token', async () => {
    expect(whyAlone(await quorum(4), 'https://approve.example')).toBeNull()
    expect(whyAlone(await quorum(5), 'https://approve.example')).toMatch(/needs 5 people/)
  })
})
