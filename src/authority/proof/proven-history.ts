/**
 * Compares the totals of earlier calls that policies read with those that this process counted: a lower total was changed
 * in the database, and a rule that reads it denies. Calls of other processes, and those before a start, are not
 * remembered. SPEC 11.6.
 */
import { requestOfTrace, traceOf } from '../../domain/approval/approval-request.ts'
import { historyRow } from '../../domain/identity/configuration-rows.ts'
import type { HistoryQuery, HistoryStore, ScopeHistory } from '../../store/contract/history-store.ts'
import type { OpenRequest, RequestStore } from '../../store/contract/request-store.ts'
import type { Findings } from './shout.ts'

interface Counted {
  readonly request: string
  readonly amount: number
  readonly bucket: number
  /** Whether a revocation takes it back. */
  readonly revocable: boolean
}

/** Scopes beyond this are forgotten, those first that counted no call for the longest time. */
const MOST_SCOPES = 20_000
/** The latest calls of one scope are remembered, up to this number. */
const MOST_CALLS = 5_000

/** `openRequest`: the one that is proven otherwise. */
export function provenHistory(
  { store, findings }: { readonly store: HistoryStore; readonly findings: Pick<Findings, 'report'> },
  openRequest: RequestStore['openRequest'],
) {
  const counted = new Map<string, readonly Counted[]>()

  function remember({ request, history }: OpenRequest): void {
    if (request.origin !== 'policy') return
    for (const call of history?.calls.filter((one) => one.counted) ?? []) {
      const { scope, state, amount, uses, bucket, windowSeconds, step } = call
      const earlier = (counted.get(scope) ?? []).filter((one) => one.bucket > bucket - windowSeconds - 2 * step)
      counted.delete(scope)
      counted.set(scope, [
        ...earlier.slice(-MOST_CALLS),
        { request: request.id, amount: amount * uses, bucket, revocable: state !== 'allowed' },
      ])
    }
    for (const scope of counted.keys()) {
      if (counted.size <= MOST_SCOPES) break
      counted.delete(scope)
    }
  }

  const isShort = ({ scope, since }: HistoryQuery, total: number, without: string | null): boolean => {
    const calls = (counted.get(scope) ?? []).filter((one) => one.bucket >= since && one.request !== without)
    const sum = calls.reduce((all, { amount }) => all + amount, 0)
    return total < Math.min(sum, Number.MAX_SAFE_INTEGER)
  }

  async function forgetRevoked(scope: string): Promise<void> {
    const calls = counted.get(scope) ?? []
    const traces = calls.filter(({ revocable }) => revocable).map(({ request }) => traceOf(request))
    const revoked = new Set((await store.revokedAmong(traces)).map(requestOfTrace))
    counted.set(
      scope,
      calls.filter(({ request }) => !revoked.has(request)),
    )
  }

  async function proven(query: HistoryQuery, found: ScopeHistory, without: string | null): Promise<ScopeHistory> {
    const total = found.total ?? 0
    if (!isShort(query, total, without)) return found
    await forgetRevoked(query.scope)
    if (!isShort(query, total, without)) return found
    await findings.report(historyRow(query.scope, total))
    return { ...found, total: null }
  }

  return {
    async openRequest(open) {
      const verdict = await openRequest(open)
      if (verdict.verdict === 'opened') remember(open)
      return verdict
    },
    async history(queries, without) {
      const rows = new Map((await store.history(queries, without)).map((found) => [found.scope, found]))
      const all = queries.map(async (query) => {
        const found = rows.get(query.scope)
        return found ? [await proven(query, found, without)] : []
      })
      return (await Promise.all(all)).flat()
    },
  } satisfies Pick<RequestStore, 'openRequest'> & Pick<HistoryStore, 'history'>
}
