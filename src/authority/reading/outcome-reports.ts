/**
 * Executors' reports in one trace. A report may repeat arguments that the catalogue calls sensitive: where the call
 * has any, the report is masked, and so is the salt, until the reader uncovers the request. SPEC 2.3, 8.
 */
import { maskSensitive } from '../../domain/action/sensitive.ts'
import { requestOfTrace } from '../../domain/approval/approval-request.ts'
import type { Report } from '../../domain/ledger/found-entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { RepeatStore } from '../../store/contract/ledger-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { SearchStore } from '../../store/contract/search-store.ts'
import type { Uses } from '../deps.ts'
import { isUncovered, type Reader } from '../requests/uncovering-record.ts'

export interface ReadReport extends Report {
  readonly masked: boolean
}

type Needs = Uses<SearchStore & Pick<RequestStore, 'request'> & RepeatStore, 'now'>

/** Refuses `not_found` for a malformed trace id. */
export async function readReports(deps: Needs, reader: Reader, trace: string): Promise<Result<readonly ReadReport[]>> {
  if (!/^[0-9a-f]{32}$/.test(trace)) return refuse('not_found', 'A trace id is 32 hex characters.')
  const reports = await deps.store.reports(trace)
  const hidden = reports.length > 0 && (await isMasked(deps, reader, requestOfTrace(trace)))
  return ok(
    reports.map((report) => {
      const masked = hidden && report.content !== null
      return { ...report, masked, content: masked ? null : report.content }
    }),
  )
}

async function isMasked(deps: Needs, reader: Reader, id: string): Promise<boolean> {
  const request = await deps.store.request(id)
  if (!request?.action) return false
  const { masked } = maskSensitive(request.action, request.catalogueEntry)
  return masked.length > 0 && !(await isUncovered(deps, reader, id))
}
