/**
 * Reports the outcome of a redemption, once, by the executor that redeemed.
 *
 * In: the executor, the token's jti and the use, the outcome with its resulting diff. Out: the redemption. SPEC 7, 8.
 */
import { parsePreview } from '@countersign/verifier'
import { plainJson } from '../../domain/action/plain-json.ts'
import type { Caller } from '../../domain/identity/parties.ts'
import { requestEntry } from '../../domain/ledger/entry-parties.ts'
import { payloadSalt, preparePayload } from '../../domain/ledger/payload.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { TokenStore } from '../../store/contract/token-store.ts'
import type { Deps } from '../deps.ts'
import { notFound, parsing } from '../refusals.ts'
import type { Redemption } from './redeem.ts'

export interface OutcomeReport {
  readonly use: number
  readonly outcome: 'succeeded' | 'failed' | 'aborted'
  /** The actual change, as a `Preview`; parsed here. */
  readonly result?: unknown
  readonly detail?: string | undefined
}

type Needs = Pick<Deps, 'now' | 'randomBytes' | 'log'> & { readonly store: TokenStore & RequestStore }

/** Refuses: `forbidden`, `not_found`, `invalid_request`, and `token_redeemed` for a second report. */
export async function reportOutcome(
  { store, now, randomBytes, log }: Needs,
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
    const content = { result: result === undefined ? null : plainJson(parsePreview(result)), detail: detail ?? null }
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
