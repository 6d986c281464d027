/**
 * Exports the configuration in force, as the database has it, with everything that proves it, for an auditor who
 * proves it again. Rows that this authority refuses are included. SPEC 10.13.
 */
import type { JsonObject } from '@countersign/verifier'
import { type ConfigurationRow, killSwitchRow } from '../../domain/identity/configuration-rows.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { ConfigurationEntry } from '../../store/contract/proof-store.ts'
import type { Store } from '../../store/contract/store.ts'
import type { Deps } from '../deps.ts'
import { policyDigest } from '../policy/in-force.ts'
import { type ConfigurationHead, changeLine } from './configuration-lines.ts'
import {
  ABSENCE,
  AGENT,
  CREDENTIAL,
  DIRECTORY,
  ERASURE,
  EXECUTOR,
  GROUP,
  type Kind,
  PASSKEY,
  PERSON,
  POLICY,
  SESSION,
  SIGNING_KEY,
  WEBHOOK,
} from './row-kinds.ts'

interface ExportNeeds extends Pick<Deps, 'config' | 'now'> {
  /** The database itself: what is proven is for the reader to find out. */
  readonly store: Store
}

const ATTEMPTS = 20
const PAUSE_MS = 250

/** Rows and entries of one moment, in lines of JSON. Refuses while entries wait for their place in the log. */
export async function exportConfiguration(deps: ExportNeeds): Promise<Result<AsyncGenerator<string>>> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const moment = await momentOf(deps)
    if (moment) return ok(linesOf(deps, moment))
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return refuse('authority_unreachable', 'The configuration is being changed, or its log stands still. Try again.', {
    retryAfterSeconds: 5,
  })
}

interface Moment {
  readonly entries: readonly ConfigurationEntry[]
  readonly rows: readonly ConfigurationRow[]
  readonly seal: string
}

/** Undefined where something was committed meanwhile, or is not sealed yet. */
async function momentOf({ store, config, now }: ExportNeeds): Promise<Moment | undefined> {
  const entries = await store.configurationEntries(0)
  const last = entries.at(-1)?.leafIndex ?? null
  const seal = await store.checkpoint('configuration')
  if (last === null || !seal || seal.size <= last) return undefined
  const rows = await rowsOf(store, config.origin, now())
  const isSame = (await store.configurationEntries(0)).length === entries.length
  return isSame ? { entries, rows, seal: seal.note } : undefined
}

async function* linesOf({ store, config, now }: ExportNeeds, { entries, rows, seal }: Moment): AsyncGenerator<string> {
  const facts = entries.map(({ body }): JsonObject => JSON.parse(body))
  const head: ConfigurationHead = {
    at: now(),
    issuer: config.origin,
    rp_id: config.rpId,
    title: config.name,
    entries: entries.length,
    seal,
    registered: await shownToFirst(store, facts),
  }
  yield lineOf({ head })
  for (const id of requestsIn(facts)) {
    const request = await store.request(id)
    const line = request && changeLine({ request, consents: await store.consents(id) })
    if (line) yield lineOf(line)
  }
  for (const row of rows) yield lineOf({ row })
}

const lineOf = (value: object): string => `${JSON.stringify(value)}\n`

/** The requests that made changes, each once. */
const requestsIn = (facts: readonly JsonObject[]): ReadonlySet<string> =>
  new Set(facts.flatMap(({ request }) => (typeof request === 'string' ? [request] : [])))

async function shownToFirst(store: Store, facts: readonly JsonObject[]): Promise<JsonObject | null> {
  const first = facts.find(({ type, bootstrap }) => type === 'approver.enrolled' && bootstrap === true)
  const payload = first && (await store.shownToFirstAdmin(String(first['approver'])))
  return payload === undefined ? null : JSON.parse(payload).content
}

/** All that has a right at this moment; the authority's own executor is part of its build. */
async function rowsOf(store: Store, own: string, now: number): Promise<readonly ConfigurationRow[]> {
  const people = await store.listApprovers()
  const executors = await store.listExecutors()
  return [
    ...live(AGENT, await store.listAgents()),
    ...live(
      EXECUTOR,
      executors.filter(({ audience }) => audience !== own),
    ),
    ...live(CREDENTIAL, await store.credentialsInUse(now)),
    ...live(PERSON, people),
    ...people.flatMap(({ passkeys }) => live(PASSKEY, passkeys)),
    ...live(GROUP, await store.listGroups()),
    ...live(DIRECTORY, await store.listDirectories()),
    ...live(WEBHOOK, await store.webhooks()),
    ...live(ERASURE, await orderedErasures(store, now)),
    ...live(ABSENCE, await store.openAbsences(now)),
    ...live(SESSION, await store.openAgentSessions(now)),
    ...live(SIGNING_KEY, await store.signingKeys()),
    ...(await policyInForce(store)),
    ...(await store.killSwitches(0)).map(killSwitchRow),
  ]
}

const live = <T, Row extends T>({ isLive, rowOf }: Kind<T>, rows: readonly Row[]): readonly ConfigurationRow[] =>
  rows.filter(isLive).map(rowOf)

const MOST_ERASURES = 200

/** The retention is a setting of the process: nobody outside can prove its order. */
const orderedErasures = async (store: Store, now: number) =>
  (await store.openErasures({ now, limit: MOST_ERASURES })).filter(({ id }) => id !== 'retention')

async function policyInForce(store: Store): Promise<readonly ConfigurationRow[]> {
  const version = await store.policyVersion(await store.policyInForce())
  if (!version) return []
  // A text that is not what its digest names is not in force.
  return [POLICY.rowOf({ ...version, digest: await policyDigest(version.text) })]
}
