/**
 * Checks all configuration from time to time, so that an unproven row is reported before it is used, and takes in the
 * changes of other processes. SPEC 10.4.
 */
import { endedRow } from '../../domain/identity/configuration-rows.ts'
import type { Store } from '../../store/contract/store.ts'
import type { Deps } from '../deps.ts'
import type { Follower } from './follow-ledger.ts'
import type { Findings } from './shout.ts'

interface Watched extends Pick<Deps, 'now' | 'nowMs'> {
  /** The proven one: reading it reports. */
  readonly store: Store
  readonly follower: Follower
  readonly findings: Findings
}

const EVERY_MS = 10_000
const ALL_ACTIVE = 0
const MOST_ERASURES = 200

export function createWatch(watched: Watched): () => Promise<void> {
  let lookedAt = Number.NEGATIVE_INFINITY
  return async () => {
    await watched.follower.catchUp()
    if (watched.nowMs() - lookedAt < EVERY_MS) return
    lookedAt = watched.nowMs()
    await watched.findings.renew(() => look(watched))
  }
}

async function look(watched: Watched): Promise<void> {
  const { store, now } = watched
  const { listAgents, listExecutors, listApprovers, listGroups, listDirectories, webhooks, openErasures } = store
  await Promise.all([
    listAgents(),
    listExecutors(),
    listApprovers(),
    listGroups(),
    listDirectories(),
    webhooks(),
    store.signingKeys(),
    store.policyInForce(),
    store.credentialsInUse(now()),
    openErasures({ now: now(), limit: MOST_ERASURES }),
  ])
  await lookAtSwitches(watched)
}

/** A switch that was engaged and whose row says that it was released, or is gone. */
async function lookAtSwitches({ store, follower, findings }: Watched): Promise<void> {
  const active = new Set((await store.killSwitches(ALL_ACTIVE)).map(({ id }) => id))
  // A release that was committed since is no finding.
  await follower.catchUp()
  for (const id of follower.inForce.idsOf('killswitch')) {
    if (active.has(id)) findings.settle({ kind: 'killswitch', id })
    else await findings.report(endedRow('killswitch', id))
  }
}
