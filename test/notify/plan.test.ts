/** One pass over the outbox, pure: each person and each agent counts on its own, and nothing is told that is not so. */
import { describe, expect, it } from 'vitest'
import { type Facts, type NotifiedPerson, type NotifiedRequest, planNotices } from '../../src/domain/notify/plan.ts'
import type { Ring } from '../../src/domain/notify/ring.ts'

const NOW = 1_800_000_000
const RULES = { limit: 2, foldSeconds: 60 }
let ids = 0
const newId = () => `id-${++ids}`

const person = (id: string, roles: NotifiedPerson['roles'] = ['approver']): NotifiedPerson => ({
  id,
  roles,
  groups: [],
  absence: null,
  standsFor: [],
  push: true,
  byMail: false,
  quiet: null,
  devices: [
    {
      id: `${id}-phone`,
      approver: id,
      endpoint: 'https://push.example',
      p256dh: '',
      auth: '',
      label: '',
      createdAt: 0,
    },
  ],
})
const request = (id: string, more: Partial<NotifiedRequest> = {}): NotifiedRequest => ({
  id,
  agent: 'helpdesk',
  actor: 'helpdesk',
  principal: 'dana',
  audience: 'https://forum.example',
  name: 'forum.post',
  effect: 'write',
  reversible: true,
  approvers: [{ groups: ['approver'], count: 1 }],
  ordered: false,
  consented: [],
  selfApproval: false,
  expiresAt: NOW + 900,
  isPending: true,
  outcome: null,
  runBy: [],
  ...more,
})
const waiting = (of: NotifiedRequest) => ({ kind: 'request.waiting' as const, subject: of.id, dueAt: NOW })
const plan = (requests: NotifiedRequest[], more: Partial<Facts> = {}) =>
  planNotices(
    {
      now: NOW,
      notices: requests.map(waiting),
      requests,
      people: [person('ada'), person('ben')],
      webhooks: [],
      rings: [],
      ...more,
    },
    RULES,
    newId,
  )
const rungAt = (recipient: string, agent: string, secondsAgo: number): Ring => ({
  id: newId(),
  kind: 'request.waiting',
  recipient,
  agent,
  fold: newId(),
  subjects: ['earlier'],
  dueAt: NOW - secondsAgo,
  state: 'rung',
})

it('rings all of the group at once', () => {
  const { rings, deliveries } = plan([request('one')])
  expect(rings.map(({ recipient, state }) => [recipient, state])).toEqual([
    ['ada', 'rung'],
    ['ben', 'rung'],
  ])
  expect(deliveries.map(({ target }) => target)).toEqual(['ada-phone', 'ben-phone'])
})

it('holds back where the limit is reached, for that person and that agent alone', () => {
  const rings = [rungAt('ada', 'helpdesk', 600), rungAt('ada', 'helpdesk', 300), rungAt('ben', 'other', 300)]
  const made = plan([request('one')], { rings })
  expect(made.deliveries.map(({ recipient }) => recipient)).toEqual(['ben'])
  expect(made.rings.find(({ recipient }) => recipient === 'ada')).toMatchObject({ state: 'held', dueAt: NOW + 3000 })
  expect(plan([request('one', { agent: 'other' })], { rings }).deliveries).toHaveLength(2)
})

it('tells nobody of what was answered, and drops a ring when nothing of it waits any more', () => {
  const gone = request('gone', { isPending: false })
  expect(plan([gone])).toEqual({ rings: [], deliveries: [] })
  const held: Ring = { ...rungAt('ada', 'helpdesk', 0), subjects: ['gone'], state: 'held' }
  const { rings, deliveries } = plan([], { requests: [gone], rings: [held] })
  expect(rings).toMatchObject([{ id: held.id, state: 'dropped' }])
  expect(deliveries).toEqual([])
})

it('rings whoever can answer: of the groups asked, in order when it is their turn, and nobody twice', () => {
  const of = (id: string, ...groups: string[]): NotifiedPerson => ({ ...person(id), groups })
  const people = [of('fay', 'finance'), of('leo', 'legal'), of('zoe')]
  const asked = request('one', {
    approvers: [
      { groups: ['finance'], count: 1 },
      { groups: ['legal'], count: 1 },
    ],
  })
  const rung = (more: Partial<NotifiedRequest>, facts: Partial<Facts> = {}) =>
    plan([{ ...asked, ...more }], { people, ...facts }).rings.map(({ recipient }) => recipient)
  expect(rung({})).toEqual(['fay', 'leo'])
  expect(rung({ ordered: true })).toEqual(['fay'])
  const consented = [{ id: 'fay', groups: ['finance'] }]
  expect(rung({ ordered: true, consented })).toEqual(['leo'])
  const told = [{ ...rungAt('leo', 'helpdesk', 5), subjects: ['one'] }]
  expect(rung({ ordered: true, consented }, { rings: told })).toEqual([])
})

it('escalates what still waits to admins, and to those of its groups who were not told', () => {
  const people = [{ ...person('fay'), groups: ['finance'] }, person('sam', ['admin']), person('zoe')]
  const asked = request('one', {
    approvers: [{ groups: ['finance'], count: 2 }],
    consented: [{ id: 'gus', groups: ['finance'] }],
  })
  const notices = [{ kind: 'request.escalated' as const, subject: 'one', dueAt: NOW }]
  const recipients = plan([asked], { people, notices }).rings.map(({ recipient }) => recipient)
  expect(recipients).toEqual(['fay', 'sam'])
  expect(plan([{ ...asked, isPending: false }], { people, notices }).rings).toEqual([])
})

describe('people who are away', () => {
  const absence = (approver: string, deputy: string | null, fromAt = NOW - 60) => ({
    ...{ id: `absence-${approver}`, approver, deputy, fromAt },
    ...{ untilAt: NOW + 3600, statedAt: NOW - 60, endedAt: null },
  })
  const away = absence('ada', 'fay')
  const ada = { ...person('ada'), absence: away }
  const fay = { ...person('fay', ['auditor', 'admin']), standsFor: [{ ...away, groups: ['approver'] }] }
  const recipients = (of: Partial<NotifiedRequest>, people: NotifiedPerson[]) =>
    plan([request('one', of)], { people }).rings.map(({ recipient }) => recipient)

  it('are not rung, and their deputy is in their place', () => {
    expect(recipients({}, [ada, fay])).toEqual(['fay'])
    const later = absence('ada', 'fay', NOW + 60)
    const planned = { ...fay, standsFor: [{ ...later, groups: ['approver'] }] }
    expect(recipients({}, [{ ...ada, absence: later }, planned])).toEqual(['ada'])
  })

  it('are rung through nobody for what is asked for them, for an agent of theirs, or where they have consented', () => {
    expect(recipients({ principal: 'ada' }, [ada, fay])).toEqual([])
    expect(recipients({ runBy: ['ada'], selfApproval: true }, [ada, fay])).toEqual([])
    expect(recipients({ runBy: ['fay'] }, [ada, fay])).toEqual([])
    const two = { approvers: [{ groups: ['approver'], count: 2 }], consented: [{ id: 'ada', groups: ['approver'] }] }
    expect(recipients(two, [ada, fay])).toEqual([])
  })
})

it('rings nobody for their own request, or one by an agent they run', () => {
  expect(plan([request('one', { principal: 'ada' })]).rings.map(({ recipient }) => recipient)).toEqual(['ben'])
  expect(plan([request('one', { runBy: ['ben'] })]).rings.map(({ recipient }) => recipient)).toEqual(['ada'])
  expect(plan([request('one', { principal: 'ada', selfApproval: true })]).rings).toHaveLength(2)
})
