/**
 * An executor's reports, on its own word: the outcome of a redemption, once, or after `indeterminate` what it has
 * learned since; and calls that it turned away. SPEC 7, 8.
 */
import { type ErrorCode, parsePreview, type OutcomeReport as Reported } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { partiesOf, requestEntry } from '../../domain/ledger/entry.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { OverdueStore } from '../../store/contract/ledger-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Limits, Uses } from '../deps.ts'
import { type RefusalNeeds, recordRefusal } from '../refusal-record.ts'
import { notFound, parsing, tooMany } from '../refusals.ts'
import type { Redemption } from './redeem.ts'

export interface OutcomeReport {
  readonly use: number
  readonly outcome: Reported['outcome']
  /** The actual change, as a `Preview`; parsed here. */
  readonly result?: unknown
  readonly detail?: string | undefined
}

type OutcomeNeeds = Uses<TokenStore & RequestStore, 'now' | 'randomBytes' | 'log' | 'limits'>

/** Refuses: `forbidden`, `not_found`, `invalid_request`, and `token_redeemed` for a second report. */
export async function reportOutcome(
  { store, now, randomBytes, log, limits }: OutcomeNeeds,
  caller: Caller,
  jti: string,
  { use, outcome, result, detail }: OutcomeReport,
): Promise<Result<Redemption>> {
  if (caller.kind !== 'executor')
    return refuse('forbidden', 'Only the executor that redeemed a token reports its outcome.')
  const redemption = await store.redemption({ jti, use })
  const request = redemption && (await store.request(redemption.request))
  if (!request || redemption.audience !== caller.executor.audience) return notFound()
  const { id, trace } = request
  return parsing(async () => {
    const reported = { result: result === undefined ? null : plainJson(parsePreview(result)), detail: detail ?? null }
    const content = await withinBytes(limits, redemption.audience, reported)
    const payload = await preparePayload(id, 'outcome', content, payloadSalt(randomBytes))
    const verdict = await store.reportOutcome({
      jti,
      use,
      audience: redemption.audience,
      outcome,
      now: now(),
      entry: await requestEntry(request, 'outcome.reported', now(), { jti, use, outcome, payloads: [payload.digest] }),
      payloads: [payload],
    })
    if (verdict.verdict === 'unknown') return notFound()
    if (verdict.verdict === 'already')
      return refuse('token_redeemed', 'The outcome of this redemption was reported before.')
    log.info('outcome.reported', { trace, jti, outcome })
    return ok({ jti, request: id, trace, use, redeemedAt: redemption.redeemedAt })
  })
}

/** An outcome is never lost: beyond the executor's bytes a sentence takes the place of its result. */
async function withinBytes<Content extends object>({ take }: Limits, audience: string, content: Content) {
  const bytes = new TextEncoder().encode(JSON.stringify(content)).length
  return (await take('executorBytes', audience, bytes)) === null ? content : { result: null, detail: LEFT_OUT }
}

const LEFT_OUT = 'The result was left out: this executor reported too much in a minute.'

export interface RefusalReport {
  readonly code: ErrorCode
  readonly name: string
  readonly jti?: string | undefined
  readonly request?: string | undefined
  /** Whose call it was, by the executor's word. */
  readonly agent?: string | undefined
}

type ReportNeeds = RefusalNeeds & Uses<RequestStore & OverdueStore & Pick<CallerStore, 'agent'>, 'log' | 'meters'>

export async function reportRefusal(
  deps: ReportNeeds,
  caller: Caller,
  report: RefusalReport,
): Promise<Result<{ readonly trace: string }>> {
  const { store, limits, log } = deps
  if (caller.kind !== 'executor') return refuse('forbidden', 'Only executors report what they refused.')
  const { audience } = caller.executor
  const waitSeconds = await limits.take('executor', audience)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const { code, name, jti } = report
  const request = await requestFor(store, report, audience)
  const agent = report.agent === undefined ? undefined : await store.agent(report.agent)
  const trace = await recordRefusal(deps, {
    by: { executor: audience },
    trace: request?.trace ?? newTrace(deps.randomBytes),
    members: {
      ...(agent && { agent: agent.id }),
      ...(request && partiesOf(request)),
      code,
      name,
      reported: true,
      executor: audience,
      ...(jti === undefined ? {} : { jti }),
    },
  })
  deps.meters.refusedByExecutor(code)
  log.warn('token.refused', { trace, executor: audience, code })
  return ok({ trace })
}

async function requestFor(store: ReportNeeds['store'], { jti, request }: RefusalReport, audience: string) {
  const id = request ?? (jti === undefined ? undefined : await store.requestOfToken(jti))
  const found = id === undefined ? undefined : await store.request(id)
  return found?.audience === audience ? found : undefined
}
