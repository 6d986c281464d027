/**
 * The store as the use cases see it: configuration rows that are not proven are hidden and reported. Rows that record
 * an end are trusted: that is the safe side. SPEC 10.4.
 */
import { provisionedRow } from '../../domain/identity/configuration-rows.ts'
import type { Provisioned } from '../../domain/identity/directories.ts'
import type { KnownCaller } from '../../domain/identity/parties.ts'
import { noteKeysOf } from '../../domain/ledger/log-key.ts'
import { sealedBy } from '../../domain/ledger/row-seal.ts'
import type { AbsenceStore } from '../../store/contract/absence-store.ts'
import type { AgentSessionStore } from '../../store/contract/agent-session-store.ts'
import type { GroupStore } from '../../store/contract/group-store.ts'
import type { CallerStore } from '../../store/contract/identity-store.ts'
import type { ErasureOrder, OverdueStore } from '../../store/contract/ledger-store.ts'
import type { NotifyStore } from '../../store/contract/notify-store.ts'
import type { CredentialInUse, ProofStore } from '../../store/contract/proof-store.ts'
import type { ProvisioningStore } from '../../store/contract/provisioning-store.ts'
import type { Store } from '../../store/contract/store.ts'
import { ownExecutor } from '../changes/own-changes.ts'
import type { ProofParts } from './proof-parts.ts'
import { provenHistory } from './proven-history.ts'
import { provenKeys } from './proven-keys.ts'
import { provenPeople } from './proven-people.ts'
import { provenPolicies } from './proven-policies.ts'
import { provenStops } from './proven-stops.ts'
import { provenTexts } from './proven-texts.ts'
import { type Check, createCheck, only } from './row-check.ts'
import {
  ABSENCE,
  AGENT,
  CREDENTIAL,
  DIRECTORY,
  ERASURE,
  EXECUTOR,
  GROUP,
  POLICY,
  SESSION,
  SIGNING_KEY,
  WEBHOOK,
} from './row-kinds.ts'

/** Every verb that is not its own is the store's. */
export function provenStore(parts: ProofParts): Store {
  const check = createCheck(parts)
  const stops = provenStops(parts)
  return Object.assign(Object.create(parts.store), {
    ...provenCallers(parts, check),
    ...provenPeople(parts, check),
    ...provenAbsences(parts, check),
    ...provenSessions(parts, check),
    ...provenGroups(parts, check),
    ...provenDirectories(parts, check),
    ...provenPolicies(parts, (row) => check(POLICY, row)),
    ...provenKeys(parts, (rows) => only(check, SIGNING_KEY, rows)),
    ...provenWebhooks(parts, check),
    ...provenErasures(parts, check),
    ...stops,
    ...provenTexts(parts, stops.inbox),
    ...provenHistory(parts, stops.openRequest),
    ...followedEnds(parts),
  } satisfies Partial<Store>)
}

/** Takes in the endings that this process writes at once, whatever becomes of the rows. */
function followedEnds({ store, follower }: ProofParts): Partial<Store> {
  async function followed<T>(ending: Promise<T>): Promise<T> {
    const ended = await ending
    // It is done, whether or not the database can still be read.
    await follower.catchUp().catch(() => {})
    return ended
  }
  return {
    revokeAgent: (input) => followed(store.revokeAgent(input)),
    revokeExecutor: (input) => followed(store.revokeExecutor(input)),
    removeAction: (input) => followed(store.removeAction(input)),
    removeWebhook: (input) => followed(store.removeWebhook(input)),
    revokePasskey: (input) => followed(store.revokePasskey(input)),
    suspendPerson: (input) => followed(store.suspendPerson(input)),
    revokeCredential: (input) => followed(store.revokeCredential(input)),
    stateAbsence: (input) => followed(store.stateAbsence(input)),
    endAbsence: (input) => followed(store.endAbsence(input)),
    endAgentSession: (input) => followed(store.endAgentSession(input)),
    engage: (input) => followed(store.engage(input)),
    administer: (input) => followed(store.administer(input)),
    revokeDirectory: (input) => followed(store.revokeDirectory(input)),
    writeProvisioned: (input) => followed(store.writeProvisioned(input)),
  }
}

function provenCallers({ store, config }: ProofParts, check: Check) {
  async function callerIfProven(caller: KnownCaller | undefined, hash: string): Promise<KnownCaller | undefined> {
    const known = caller && (await check(CREDENTIAL, credentialOf(caller, hash))) && caller
    if (caller?.kind === 'agent') return (await check(AGENT, caller.agent)) && known
    if (caller?.kind === 'executor') return (await check(EXECUTOR, caller.executor)) && known
    return known
  }
  return {
    authenticate: async (secret) => callerIfProven(await store.authenticate(secret), secret.hash),
    credentialsInUse: async (now) => only(check, CREDENTIAL, await store.credentialsInUse(now)),
    agent: async (id) => check(AGENT, await store.agent(id)),
    async executor(audience) {
      const row = await store.executor(audience)
      const proven = await check(EXECUTOR, row)
      // The authority's own is part of its build.
      if (proven || !row || audience !== config.origin) return proven
      return { ...ownExecutor(config.origin, config.name), version: row.version }
    },
    listAgents: async () => only(check, AGENT, await store.listAgents()),
    listExecutors: async () => only(check, EXECUTOR, await store.listExecutors()),
  } satisfies Partial<CallerStore & ProofStore>
}

const credentialOf = (caller: KnownCaller, hash: string): CredentialInUse => ({
  id: caller.credentialId,
  kind: caller.kind,
  subject: subjectOf(caller),
  hash,
  expiresAt: caller.expiresAt,
  revokedAt: null,
})

function subjectOf(caller: KnownCaller): string {
  if (caller.kind === 'agent') return caller.agent.id
  return caller.kind === 'executor' ? caller.executor.audience : caller.subject
}

/** A delivery whose webhook is not proven goes nowhere, as to one that was removed. */
function provenWebhooks({ store }: ProofParts, check: Check) {
  return {
    webhooks: async () => only(check, WEBHOOK, await store.webhooks()),
    async takeDeliveries(input) {
      const taken = await store.takeDeliveries(input)
      return Promise.all(
        taken.map(async (one) => ({ ...one, webhook: (await check(WEBHOOK, one.webhook ?? undefined)) ?? null })),
      )
    },
  } satisfies Partial<NotifyStore>
}

const DAY_SECONDS = 86_400
/** Processes whose clocks differ move one order on. */
const CLOCKS_SECONDS = 60

/** The order of the retention is held against the setting of this process, every other one against its approval. */
function provenErasures({ store, config }: ProofParts, check: Check) {
  const { retentionDays } = config
  return {
    async openErasures(moment) {
      const limit = retentionDays === null ? Number.NEGATIVE_INFINITY : moment.now - retentionDays * DAY_SECONDS
      const isOfSetting = ({ id, rule, subject, request, before }: ErasureOrder) =>
        id === 'retention' && rule === 'age' && (subject ?? request) === null && before <= limit + CLOCKS_SECONDS
      const kind = { ...ERASURE, isLive: (order: ErasureOrder) => !isOfSetting(order) }
      const proven = await only(check, kind, await store.openErasures(moment))
      return proven.map((order) => (isOfSetting(order) ? { ...order, before: Math.min(order.before, limit) } : order))
    },
  } satisfies Partial<OverdueStore>
}

function provenGroups({ store }: ProofParts, check: Check) {
  return {
    group: async (name) => check(GROUP, await store.group(name)),
    listGroups: async () => only(check, GROUP, await store.listGroups()),
  } satisfies Partial<GroupStore>
}

const SEALS_AT_ONCE = 100

/** Rows of directories count as they were sealed; an altered one is refused as one of the configuration is. */
function provenDirectories({ store, logKey, findings }: ProofParts, check: Check) {
  async function sealed(row: Provisioned | undefined): Promise<Provisioned | undefined> {
    if (row === undefined) return undefined
    const claimed = provisionedRow(row)
    if ((await sealedBy(noteKeysOf(logKey), claimed, row.seal)) > 0) {
      findings.settle(claimed)
      return row
    }
    await findings.report(claimed)
    return undefined
  }
  async function allSealed(rows: readonly Provisioned[]): Promise<readonly Provisioned[]> {
    const found: Provisioned[] = []
    // Others have their turn in between: a directory has thousands.
    for (let start = 0; start < rows.length; start += SEALS_AT_ONCE) {
      const part = await Promise.all(rows.slice(start, start + SEALS_AT_ONCE).map(sealed))
      found.push(...part.filter((row) => row !== undefined))
    }
    return found
  }
  return {
    directoryOfSecret: async (secret) => check(DIRECTORY, await store.directoryOfSecret(secret)),
    directory: async (name) => check(DIRECTORY, await store.directory(name)),
    listDirectories: async () => only(check, DIRECTORY, await store.listDirectories()),
    provisioned: async (query) => allSealed(await store.provisioned(query)),
    provisionedPerson: async (id) => sealed(await store.provisionedPerson(id)),
    awaitedPeople: async () => allSealed(await store.awaitedPeople()),
  } satisfies Partial<ProvisioningStore>
}

function provenAbsences({ store }: ProofParts, check: Check) {
  return {
    absence: async (id) => check(ABSENCE, await store.absence(id)),
    absenceAt: async (moment) => check(ABSENCE, await store.absenceAt(moment)),
    openAbsences: async (now) => only(check, ABSENCE, await store.openAbsences(now)),
  } satisfies Partial<AbsenceStore>
}

/** Those whose time is over are the store's: ending one takes rights away, whoever made the row. */
const provenSessions = ({ store }: ProofParts, check: Check) =>
  ({
    agentSessionAt: async (moment) => check(SESSION, await store.agentSessionAt(moment)),
    agentSessionOf: async (request) => check(SESSION, await store.agentSessionOf(request)),
    agentSessionsSince: async (at) => only(check, SESSION, await store.agentSessionsSince(at)),
    openAgentSessions: async (now) => only(check, SESSION, await store.openAgentSessions(now)),
  }) satisfies Partial<AgentSessionStore>
