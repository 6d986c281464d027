/**
 * What the passing of time makes a fact: an outcome that never came, payloads that are to be kept no longer.
 *
 * In: nothing but the clock. Out: their entries, written with what they say. An erased payload leaves its digest: who
 * kept the content can still show that it is what was approved. Any number of processes may follow. SPEC 8.
 */
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { partiesOf } from '../../domain/ledger/entry-parties.ts'
import type { ErasedRequest, ErasureOrder, MissingOutcome } from '../../store/contract/ledger-store.ts'
import type { Deps } from '../deps.ts'

const AT_ONCE = 200
const DAY_SECONDS = 86_400
/** What does not fit an entry is said by its number. */
const MAX_DIGESTS = 100

export function createFollowing({ config, store, now, log }: Deps): () => Promise<void> {
  const missing = (of: MissingOutcome) =>
    prepareEntry('outcome.missing', now(), of.trace, { ...partiesOf(of), jti: of.jti, use: of.use })

  const erased = (order: ErasureOrder, { request, digests, jti }: ErasedRequest) =>
    prepareEntry('payload.erased', now(), request.trace, {
      ...partiesOf(request),
      rule: order.rule,
      order: order.id,
      before: order.before,
      payloads: digests.slice(0, MAX_DIGESTS),
      erased: digests.length,
      ...(jti === null ? {} : { jti }),
      ...(order.request === null ? {} : { authorised_by: order.request }),
    })

  return async function follow() {
    const due = now() - config.outcomeWithinSeconds
    const missed = await store.missOutcomes({ own: config.origin, now: now(), due, limit: AT_ONCE, entryFor: missing })
    if (missed > 0) log.warn('outcome.missing', { count: missed })
    if (config.retentionDays !== null) await store.extendRetention(now() - config.retentionDays * DAY_SECONDS)
    const looked = await store.erasePortion({ now: now(), limit: AT_ONCE, entryFor: erased })
    if (looked !== null && looked > 0) log.info('payload.erased', { requests: looked })
  }
}
