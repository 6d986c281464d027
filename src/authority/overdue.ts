/**
 * The facts that the passing of time makes: an outcome that never came, payloads whose time is over.
 *
 * In: the clock alone. Out: entries, committed with their facts. An erased payload leaves its digest, so anyone who kept
 * the content can still show that it is what was approved. Any number of processes may do this at once. SPEC 8.
 */
import { requestEntry } from '../domain/ledger/entry-parties.ts'
import type { ErasedRequest, ErasureOrder, OverdueStore } from '../store/contract/ledger-store.ts'
import type { Deps } from './deps.ts'

const AT_ONCE = 200
const DAY_SECONDS = 86_400
/** Digests beyond this do not fit an entry, which then says only how many there are. */
const MAX_DIGESTS = 100

type Needs = Pick<Deps, 'config' | 'now' | 'log'> & { readonly store: OverdueStore }

export async function missOutcomes({ config, store, now, log }: Needs): Promise<void> {
  const due = now() - config.outcomeWithinSeconds
  const count = await store.missOutcomes({
    own: config.origin,
    now: now(),
    due,
    limit: AT_ONCE,
    entryFor: (missing) => requestEntry(missing, 'outcome.missing', now(), { jti: missing.jti, use: missing.use }),
  })
  if (count > 0) log.warn('outcome.missing', { count })
}

export async function erasePayloads({ config, store, now, log }: Needs): Promise<void> {
  if (config.retentionDays !== null) await store.extendRetention(now() - config.retentionDays * DAY_SECONDS)
  const count = await store.erasePortion({
    now: now(),
    limit: AT_ONCE,
    entryFor: (order, erased) => erasedEntry(order, erased, now()),
  })
  if (count !== null && count > 0) log.info('payload.erased', { requests: count })
}

const erasedEntry = (order: ErasureOrder, { request, digests, jti }: ErasedRequest, at: number) =>
  requestEntry(request, 'payload.erased', at, {
    rule: order.rule,
    order: order.id,
    before: order.before,
    payloads: digests.slice(0, MAX_DIGESTS),
    erased: digests.length,
    ...(jti === null ? {} : { jti }),
    ...(order.request === null ? {} : { authorised_by: order.request }),
  })
