/**
 * Reports a refused attempt: a call that an executor turned away, on the executor's own word.
 *
 * In: the report. Out: the trace under which it is kept: the request's own where the request was for this executor, else
 * a new one. Rate limited, since a report costs nothing to make. SPEC 8.
 */
import type { ErrorCode } from '@countersign/verifier'
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { EntryStore, OverdueStore } from '../../store/contract/ledger-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { Deps } from '../deps.ts'
import { tooMany } from '../refusals.ts'

export interface RefusalReport {
  readonly code: ErrorCode
  readonly name: string
  readonly jti?: string | undefined
  readonly request?: string | undefined
}

type Needs = Pick<Deps, 'limits' | 'log' | 'now' | 'randomBytes'> & {
  readonly store: RequestStore & EntryStore & OverdueStore
}

export async function reportRefusal(
  deps: Needs,
  caller: Caller,
  report: RefusalReport,
): Promise<Result<{ readonly trace: string }>> {
  const { store, limits, log, now } = deps
  if (caller.kind !== 'executor') return refuse('forbidden', 'Only executors report what they refused.')
  const { audience } = caller.executor
  const waitSeconds = await limits.take('executor', audience)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const { code, name, jti } = report
  const request = await requestFor(store, report, audience)
  const members = { code, name, reported: true, executor: audience, ...(jti === undefined ? {} : { jti }) }
  const entry = request
    ? await requestEntry(request, 'token.refused', now(), members)
    : await prepareEntry('token.refused', now(), newTrace(deps.randomBytes), members)
  await store.appendEntries([entry])
  log.warn('token.refused', { trace: entry.trace, executor: audience, code })
  return ok({ trace: entry.trace })
}

/** The reported request, where it was for this executor. */
async function requestFor(store: Needs['store'], { jti, request }: RefusalReport, audience: string) {
  const id = request ?? (jti === undefined ? undefined : await store.requestOfToken(jti))
  const found = id === undefined ? undefined : await store.request(id)
  return found?.audience === audience ? found : undefined
}
