/** Totals of earlier calls: below what a process has counted they are not believed, unless revocations explain it. */
import { expect, it } from 'vitest'
import { provenHistory } from '../../src/authority/proof/proven-history.ts'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import type { FactState } from '../../src/domain/policy/history/fact.ts'
import { agent, allowed, executor, hash } from '../store/fixtures.ts'

const parties = { agent: agent(), executor: executor(), agentSecret: hash(), executorSecret: hash() }

/** A scope that counted two calls of 5 each, and then says `total`. */
async function judged(state: FactState, total: number, { revoked = 0, without = false } = {}) {
  const call = { scope: 's', state, amount: 5, uses: 1, bucket: 60, step: 1, windowSeconds: 60, counted: true }
  const opens = [0, 1].map(() => allowed(parties, { history: { scopes: [], calls: [call] } }))
  const ids = opens.map(({ request }) => request.id)
  const reported: string[] = []
  const { openRequest, history } = provenHistory(
    {
      store: {
        history: async () => [{ scope: 's', version: 2, total, last: null, lastAt: null }],
        revokedAmong: async (traces) =>
          ids
            .slice(0, revoked)
            .map(traceOf)
            .filter((trace) => traces.includes(trace)),
      },
      findings: { report: async ({ kind, id }) => void reported.push(`${kind} ${id}`) },
    },
    async () => ({ verdict: 'opened', leaf: null }),
  )
  for (const open of opens) await openRequest(open)
  const [found] = await history([{ scope: 's', since: 60 }], without ? (ids[0] ?? null) : null)
  const [later] = await history([{ scope: 's', since: 61 }], null)
  expect(later?.total).toBe(total)
  return { total: found?.total, reported }
}

it.each<[string, Parameters<typeof judged>]>([
  ['what was counted', ['permitted', 10]],
  ['more, by other processes', ['permitted', 25]],
  ['less by a call that was revoked', ['permitted', 5, { revoked: 1 }]],
  ['less by the call that asks again', ['allowed', 5, { without: true }]],
])('believes %s', async (_, given) => {
  expect(await judged(...given)).toEqual({ total: given[1], reported: [] })
})

it.each<[string, Parameters<typeof judged>]>([
  ['nothing', ['permitted', 0]],
  ['less than the rest of a revocation', ['permitted', 4, { revoked: 1 }]],
  ['less of a state that no revocation takes back', ['allowed', 5, { revoked: 1 }]],
])('does not believe %s', async (_, given) => {
  expect(await judged(...given)).toEqual({ total: null, reported: ['history s'] })
})
