/** A question about a grant reads once what is no matter of the arguments, however many calls its bounds have. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../src/store/contract/store.ts'
import { cookieFor } from '../http/refusals.ts'
import { mustSucceed } from '../setup/authority.ts'
import { withPolicy } from '../setup/policy.ts'
import { askGrant, type Ground, startGround } from './ground.ts'

const RULES = `
// @fact paid = count of "order.pay" within 1 hour per agent
// @fact same = count of "order.pay" same input.to within 1 hour per agent
@id("pay") @approvers("approver") permit (principal, action == Action::"order.pay", resource is Resource)
when { context.people > 0 && !(context has session) && context.history.paid < 50 };
@id("write") @approvers("approver") permit (principal, action == Action::"file.write", resource is Resource)
when { context.input.to != "to3" };
`

const reads: string[] = []
function noted<T>(what: string, answer: T): T {
  reads.push(what)
  return answer
}
const noting = (store: Store): Store => ({
  ...store,
  countPeople: () => noted('people', store.countPeople()),
  agentSessionAt: (which) => noted('session', store.agentSessionAt(which)),
  history: (queries, without) => noted('history', store.history(queries, without)),
})

let ground: Ground
beforeAll(async () => {
  ground = await startGround({ withStore: (store) => noting(withPolicy(RULES)(store)) })
})
afterAll(() => ground.authority.stop())

const four = (name: string) => ({ oneOf: [1, 2, 3, 4].map((at) => `${name}${at}`) })
/** 64 calls. */
const bounds = { to: four('to'), from: four('from'), note: four('note') }
const asking = (name: string) =>
  askGrant(ground, { arguments: bounds, action: { name, resource: 'shop', arguments: {} } })

/** What was read meanwhile, each as often as it was. */
async function readsOf<T>(act: () => Promise<T>): Promise<readonly [T, readonly string[]]> {
  reads.length = 0
  const value = await act()
  return [value, [...reads].sort()]
}

/** The calls count in four scopes, by their argument `to`. Opening also reads the task that a request ends with. */
function expectFew(all: readonly string[]): void {
  const countOf = (what: string) => all.filter((one) => one === what).length
  expect(countOf('history')).toBe(4)
  expect(countOf('people')).toBeLessThanOrEqual(2)
  expect(countOf('session')).toBeLessThanOrEqual(2)
}

it('when it is opened, and each time that its page is', async () => {
  const [opened, first] = await readsOf(async () => mustSucceed(await asking('order.pay')))
  expect(opened.state).toBe('pending')
  expectFew(first)
  const headers = { cookie: await cookieFor(ground, ground.ada) }
  const { config, fetch } = ground.authority
  const [page, again] = await readsOf(async () =>
    (await fetch(`${config.origin}/approve/${opened.id}`, { headers })).text(),
  )
  expect(page).toContain('data-approve')
  expectFew(again)
})

it('and asks about each call that the policy could tell apart', async () => {
  const refused = await asking('file.write')
  expect(refused).toMatchObject({ ok: false, problem: { code: 'policy_denied' } })
  expect(JSON.stringify(refused)).toContain('These bounds are too wide')
})
