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
  /** The rows of the database, unproven. */
  readonly rows: Pick<Store, 'listApprovers' | 'listAgents' | 'listGroups'>
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
  await lookAtPeople(watched)
  await lookAtMissing(watched)
}

/** Somebody who was let in, and whose row says that they were removed, or is gone. */
async function lookAtPeople({ rows, follower, findings }: Watched): Promise<void> {
  const before = follower.people.ids()
  const people = await rows.listApprovers()
  const listed = new Set(people.flatMap(({ id, removedAt }) => (removedAt === null ? [id] : [])))
  // A removal that was committed since is no finding.
  await follower.catchUp()
  const after = new Set(follower.people.ids())
  for (const id of before) if (after.has(id) && !listed.has(id)) await findings.report(endedRow('person', id))
}

/** An agent or group that nobody removed, and whose row says that it was, or is gone. */
async function lookAtMissing({ rows, follower, findings }: Watched): Promise<void> {
  const before = { agent: follower.inForce.idsOf('agent'), group: follower.inForce.idsOf('group') }
  const agents = (await rows.listAgents()).flatMap(({ id, revokedAt }) => (revokedAt === null ? [id] : []))
  const groups = (await rows.listGroups()).flatMap(({ name, removedAt }) => (removedAt === null ? [name] : []))
  await follower.catchUp()
  for (const [kind, listed] of [
    ['agent', new Set(agents)],
    ['group', new Set(groups)],
  ] as const) {
    const gone = before[kind].filter((id) => !listed.has(id) && follower.inForce.present(kind, id) !== undefined)
    for (const id of gone) await findings.report(endedRow(kind, id))
  }
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
