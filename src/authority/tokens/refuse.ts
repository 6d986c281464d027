/**
 * Refused attempts: what an executor turned away, on its own word.
 *
 * In: an executor's report. Out: the trace under which it is kept. It stands on a request's own trace only where that
 * request was for this executor; a stranger's claim gets a trace of its own. Limited, since reports cost nothing to
 * make. SPEC 8.
 */

import { newTrace } from '../../domain/approval/approval-request.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { requestEntry } from '../requests/entry-parties.ts'
import { tooMany } from '../requests/refusals.ts'
import type { Deps, RefusalReport } from '../services.ts'

export function createRefusalReports({ store, limits, log, now, randomBytes }: Deps) {
  async function ownRequest({ jti, request }: RefusalReport, audience: string) {
    const id = request ?? (jti === undefined ? undefined : await store.requestOfToken(jti))
    const found = id === undefined ? undefined : await store.request(id)
    return found?.audience === audience ? found : undefined
  }

  return async function reportRefusal(
    caller: Caller,
    report: RefusalReport,
  ): Promise<Result<{ readonly trace: string }>> {
    if (caller.kind !== 'executor') return refuse('forbidden', 'Only executors report what they refused.')
    const { audience } = caller.executor
    const waitSeconds = await limits.take('executor', audience)
    if (waitSeconds !== null) return tooMany(waitSeconds)
    const { code, name, jti } = report
    const request = await ownRequest(report, audience)
    const said = { code, name, reported: true, executor: audience, ...(jti === undefined ? {} : { jti }) }
    const entry = request
      ? await requestEntry(request, 'token.refused', now(), said)
      : await prepareEntry('token.refused', now(), newTrace(randomBytes), said)
    await store.appendEntries([entry])
    log.warn('token.refused', { trace: entry.trace, executor: audience, code })
    return ok({ trace: entry.trace })
  }
}
