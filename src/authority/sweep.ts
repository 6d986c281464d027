/**
 * Periodic work: ends what a kill switch stopped and requests that nobody answered in time, finds missing outcomes,
 * erases payloads, deletes ended rows. Any number of processes may sweep at once: each fact is written once, with its
 * entry.
 *
 * An erased payload leaves its digest, so anyone who kept the content can still show that it is what was approved.
 * SPEC 8, 9.
 */

import { requestEntry } from '../domain/ledger/entry.ts'
import { erasedRow } from '../domain/ledger/erasure.ts'
import { sealRow } from '../domain/ledger/row-seal.ts'
import type { ErasedRequest, ErasureOrder, OverdueStore } from '../store/contract/ledger-store.ts'
import { endOverdueAbsences } from './absences/end-absence.ts'
import { endOverdue } from './agent-sessions/end-session.ts'
import type { Deps, Uses } from './deps.ts'
import { endOutdated } from './drafts/observations.ts'
import { writeRepeats } from './refusal-record.ts'
import { endStopped } from './stop/engage.ts'
import { createLostSigner } from './tokens/sign-lost.ts'

const AT_ONCE = 200

/** One sweep after another; also signs what a dead process left unsigned. */
export function createSweep(deps: Deps): () => Promise<number> {
  const signLost = createLostSigner(deps)
  return async () => {
    await signLost()
    await deps.watchConfiguration()
    return sweep(deps)
  }
}

export async function sweep(deps: Deps): Promise<number> {
  const { config, store, now } = deps
  await endStopped(deps)
  const due = await store.dueWork(now())
  if (due.agentSessions) await endOverdue(deps)
  if (due.observation) await endOutdated(deps)
  if (due.absences) await endOverdueAbsences(deps)
  const expired = due.requests ? await expireRequests(deps) : 0
  if (due.ended) await store.sweep(now())
  if (due.repeats) await writeRepeats(deps)
  await missOutcomes(deps)
  if (due.erasures || config.retentionDays !== null) await erasePayloads(deps)
  return expired
}

async function expireRequests({ store, now, meters }: Deps): Promise<number> {
  const expired = await store.expireDue({
    now: now(),
    limit: AT_ONCE,
    entryFor: (due) => requestEntry(due, 'request.expired', now()),
  })
  for (const _ of expired) meters.answered('expired')
  return expired.length
}

const DAY_SECONDS = 86_400
/** Digests beyond this do not fit an entry, which then says only how many there are. */
const MAX_DIGESTS = 100

type Needs = Uses<OverdueStore, 'config' | 'now' | 'log'>

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

/** Of a proven store: an order that nobody consented to is not among the open ones. */
export async function erasePayloads(deps: Needs & Pick<Deps, 'logKey'>): Promise<void> {
  const { config, store, now, log } = deps
  if (config.retentionDays !== null) await store.extendRetention(now() - config.retentionDays * DAY_SECONDS)
  const orders = await store.openErasures({ now: now(), limit: AT_ONCE })
  if (orders.length === 0) return
  const count = await store.erasePortion({
    orders,
    now: now(),
    limit: AT_ONCE,
    entryFor: (order, erased) => erasedEntry(deps, order, erased),
  })
  if (count !== null && count > 0) log.info('payload.erased', { requests: count })
}

/** Sealed: a text that is gone without such an entry was deleted in the database. */
async function erasedEntry(
  { logKey, now }: Pick<Deps, 'logKey' | 'now'>,
  order: Omit<ErasureOrder, 'next'>,
  { request, digests, jti }: ErasedRequest,
) {
  const said = { order: order.id, payloads: digests.slice(0, MAX_DIGESTS), erased: digests.length }
  return requestEntry(request, 'payload.erased', now(), {
    rule: order.rule,
    before: order.before,
    ...said,
    ...(jti === null ? {} : { jti }),
    ...(order.request === null ? {} : { authorised_by: order.request }),
    seal: await sealRow(logKey, erasedRow(request.id, said)),
  })
}
