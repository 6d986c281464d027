/**
 * Joins the authority: the same on Node and on Workers, which differ only in the `World` they pass in. Refuses to start
 * where the database and the keys disagree. SPEC 13.
 */
import { parseNoteKey } from '@countersign/verifier/proof'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { agentRow } from '../domain/identity/configuration-rows.ts'
import type { Caller } from '../domain/identity/parties.ts'
import { importLogKey, type LogJwk, type LogKey, noteKeysOf } from '../domain/ledger/log-key.ts'
import type { CedarHost } from '../domain/policy/cedar/engine.ts'
import { createDraftDesk } from '../domain/policy/drafts/draft-desk.ts'
import { createStatusPlaces } from '../domain/stop/status-list-claims.ts'
import { logOrigin } from '../domain/token/build-claims.ts'
import { createSigningKeys, type KeyVault } from '../domain/token/signing-keys.ts'
import type { Backlog } from '../store/contract/backlog-store.ts'
import type { DatabaseUse, Store } from '../store/contract/store.ts'
import { type Authority, createAuthority } from './authority.ts'
import { type Config, ConfigError } from './config.ts'
import type { Deps, LimitedKind, Limits, Log, PolicyInForce } from './deps.ts'
import { createObserver } from './drafts/observe-decisions.ts'
import { createWitnessing } from './log/ask-witnesses.ts'
import { checkLog } from './log/check-log.ts'
import { createLogRunner, type LogRunner } from './log/log-runner.ts'
import { checkNotSetBack, createNewestKeeper, type NewestCheckpoint } from './log/set-back.ts'
import { type Meters, noMeters } from './meters.ts'
import { newId } from './new-id.ts'
import { type Courier, createCourier } from './notify/courier.ts'
import { importNotifyKeys, type NotifyJwks, type NotifyKeys } from './notify/notify-keys.ts'
import type { Transports } from './notify/transports.ts'
import { createCallTurns } from './policy/call-turns.ts'
import { createEngineCall } from './policy/engine-call.ts'
import { createPolicyKeeper, ensureDefaultPolicy } from './policy/in-force.ts'
import { outsidePolicy } from './policy/outside-engine.ts'
import { createPermittedCalls } from './policy/permitted-calls.ts'
import { prepareStore } from './prepare-store.ts'
import { createBreakGlass } from './proof/broken-glass.ts'
import { exportConfiguration } from './proof/export-configuration.ts'
import { createFollower } from './proof/follow-ledger.ts'
import { publishedVersion } from './proof/proven-policies.ts'
import { provenStore } from './proof/proven-store.ts'
import { createRootKeys, type RootPins } from './proof/root-keys.ts'
import { sealAnew } from './proof/seal-anew.ts'
import { sealDirectoriesAnew } from './proof/seal-directories-anew.ts'
import { checkSealed, sealConfiguration, sealName } from './proof/sealed-configuration.ts'
import { createFindings } from './proof/shout.ts'
import { createWatch } from './proof/watch-configuration.ts'
import { createPartyCache, createStatusListCache } from './reading/caches.ts'
import { createSignatureKeeper } from './tokens/keep-signatures.ts'

/** The use cases, and the parts that a process starts and stops itself. */
export interface Services extends Authority {
  readonly config: Config
  readonly log: Log
  /** Counts one call of a stranger. Null when it is allowed, else the seconds to wait. */
  readonly admit: (from: string) => Promise<number | null>
  /** Counts one call of an agent or an executor. Null when it is allowed, else the seconds to wait. */
  readonly admitCaller: (caller: Caller) => Promise<number | null>
  /** Counts one call of a directory. Null when it is allowed, else the seconds to wait. */
  readonly admitDirectory: (name: string) => Promise<number | null>
  /** How many no admin has acknowledged. */
  readonly unacknowledgedBreakGlass: () => number
  /** The work that waits in the database. */
  readonly backlog: () => Promise<Backlog>
  /** The use of the pool of connections by this process. */
  readonly databaseUse: () => DatabaseUse
  /** Writes signatures that are held back. To be called before the store is closed. */
  readonly settle: () => Promise<void>
  readonly courier: Courier
  readonly ledger: LogRunner
}

export interface World
  extends Pick<Deps, 'config' | 'store' | 'now' | 'nowMs' | 'randomBytes' | 'events' | 'log' | 'post'>,
    Pick<Transports, 'mail'> {
  /** The same store for what pages read, default the store itself. */
  readonly reads?: Store | undefined
  readonly vault: KeyVault
  readonly rootPins: RootPins
  /** Default: kept nowhere, so that a database that is set back is for witnesses and auditors to notice. */
  readonly newestCheckpoint?: NewestCheckpoint
  readonly cedar: CedarHost
  readonly logKey: LogJwk
  /** Signs them beside it; default none. */
  readonly logKeyNext?: LogJwk | null
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Default: none can be tried. */
  readonly drafts?: Deps['drafts']
  /** Default: nothing is counted. */
  readonly meters?: Meters
  /** The keys that push services and webhook receivers know the authority by. */
  readonly notifyJwks: NotifyJwks
  /** Whole milliseconds of a monotonic clock; default `performance.now`. */
  readonly upMs?: Deps['upMs']
  /** How long signatures may be held back to be written together; default 0, for runtimes that stop after an answer. */
  readonly signaturesAfterMs?: number
}

export async function compose(world: World, operatorSecret: string | null): Promise<Services> {
  const { config, vault, now, log } = world
  const logKey = await importLogKey(world.logKey, logOrigin(config.origin), world.logKeyNext ? [world.logKeyNext] : [])
  await checkLog(world.store, logKey)
  if (world.newestCheckpoint) await checkNotSetBack(world.store, logKey, world.newestCheckpoint)
  const sealKey = await importSealKey(world)
  await checkSealed(world.store, noteKeysOf(sealKey))
  const meters = world.meters ?? noMeters
  const rootKeys = await createRootKeys(world.rootPins, log)
  const findings = createFindings({ ...world, meters })
  const follower = createFollower({ ...world, logKeys: noteKeysOf(logKey), rootKeys })
  await follower.catchUp()
  const proven = (store: Store) => provenStore({ config, store, follower, findings, logKey })
  const store = proven(world.store)
  await prepareStore({ ...world, store, logKey }, operatorSecret)
  await follower.catchUp()
  await sealAnew({ ...world, logKey }, follower.inForce, follower.partlySealed())
  await sealDirectoriesAnew({ ...world, logKey }, follower.partlyKept())
  if (!follower.hasRoot() && (await world.store.hasAdmin())) throw new ConfigError(UNPINNED)
  const policy = await composePolicy({ ...world, store }, () => publishedVersion(follower))
  const keys = createSigningKeys(vault, store.signingKeys)
  const signatures = createSignatureKeeper(store, log, world.signaturesAfterMs ?? 0)
  const drafts = world.drafts ?? null
  const observer = createObserver({ ...world, store, drafts, upMs: upMsOf(world) })
  const deps: Deps = {
    ...world,
    store,
    reads: world.reads ? proven(world.reads) : store,
    policy,
    logKey,
    keys,
    limits: createLimits(config),
    callTurns: createCallTurns(),
    permittedCalls: await createPermittedCalls(world.logKey),
    meters,
    rootKeys,
    findings: findings.list,
    breakGlass: createBreakGlass(follower.brokenGlass, follower.catchUp),
    watchConfiguration: createWatch({ store, rows: world.store, follower, findings, now, nowMs: world.nowMs }),
    exportConfiguration: () => exportConfiguration(world),
    upMs: upMsOf(world),
    signatures,
    statusList: createStatusListCache({ config, store, keys, now }),
    parties: createPartyCache(store, {
      knownPeople: () => (follower.hasRoot() ? follower.people.count() : undefined),
      stands: (agent) => !follower.hasRoot() || follower.inForce.holds(agentRow(agent)),
    }),
    nextStatusPlace: createStatusPlaces(store.reserveStatusPositions, world.randomBytes),
    mailWorks: world.mail !== null,
    drafts,
    observer,
    examiner: drafts ?? { answer: createDraftDesk(world.cedar) },
    notifyKeys: await importNotifyKeys(world.notifyJwks, config.origin),
  }
  log.debug('ready', { origin: config.origin, policy: (await policy.read()).digest, now: now() })
  return {
    ...createAuthority(deps),
    config,
    log,
    admit: (from) => deps.limits.take('anonymous', from),
    admitCaller: (caller) => admitCaller(deps.limits, caller),
    admitDirectory: (name) => deps.limits.take('directoryCalls', name),
    unacknowledgedBreakGlass: () => deps.breakGlass.unacknowledged().length,
    backlog: () => store.backlog(now()),
    databaseUse: store.databaseUse,
    settle: async () => void (await Promise.all([signatures.flush(), observer.settle()])),
    courier: composeCourier({ ...world, store }, deps.notifyKeys),
    ledger: await composeLog(world, logKey, sealKey),
  }
}

/** The local policy, or an outside engine that decides in its place. */
async function composePolicy(world: World, published: () => number): Promise<PolicyInForce> {
  const { config, fetch, log } = world
  const defaults = { ttlSeconds: config.tokenTtlSeconds, selfApproval: config.selfApproval }
  await ensureDefaultPolicy(world)
  const local = createPolicyKeeper({ ...world, published })
  if (config.engine === null) return local
  return outsidePolicy({
    settings: config.engine,
    ask: createEngineCall(config.engine, fetch),
    defaults,
    authority: config.origin,
    local,
    log,
    meters: world.meters ?? noMeters,
    upMs: upMsOf(world),
  })
}

const upMsOf = ({ upMs }: World) => upMs ?? (() => Math.floor(performance.now()))

async function admitCaller(limits: Limits, caller: Caller): Promise<number | null> {
  switch (caller.kind) {
    case 'agent':
      return limits.take('agentCalls', caller.agent.id)
    case 'executor':
      return limits.take('executorCalls', caller.executor.audience)
    default:
      return null
  }
}

const UNPINNED =
  'This database has a first admin, and nothing here pins their passkey. Share the data directory of the process where they enrolled, or set COUNTERSIGN_ROOT_KEY to the thumbprint in its file root-keys.'

/** Notices of the same kind within a minute become one message. */
const FOLD_SECONDS = 60

/** Announced notices are sent together after this time: calls that wait for the same answer come first. */
const GATHER_MS = 20

function composeCourier({ config, store, post, mail, now, randomBytes, events, log }: World, keys: NotifyKeys) {
  return createCourier({
    store,
    transports: { origin: config.origin, keys, post, mail },
    rules: { limit: config.ringLimit, foldSeconds: FOLD_SECONDS },
    newId: () => newId(randomBytes),
    random: () => (randomBytes(1)[0] ?? 0) / 255,
    now,
    woken: async (timeoutMs, signal) => {
      if (await events.waitFor('inbox', timeoutMs, signal))
        await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
    },
    ended: ({ id, channel, attempts }, result, problem) =>
      log.info(`delivery.${result}`, { delivery: id, channel, attempts, ...(problem === null ? {} : { problem }) }),
    failed: (error) => log.warn('notify.failed', { reason: error instanceof Error ? error.message : String(error) }),
  })
}

const importSealKey = ({ config, logKey, logKeyNext }: World): Promise<LogKey> =>
  importLogKey(logKey, sealName(logOrigin(config.origin)), logKeyNext ? [logKeyNext] : [])

async function composeLog(world: World, key: LogKey, sealKey: LogKey): Promise<LogRunner> {
  const { config, store, log, now, fetch } = world
  const witnesses = await Promise.all(
    config.witnesses.map(async ({ url, vkey }) => ({ url, key: await parseNoteKey(vkey) })),
  )
  const missed = (witness: string, reason: string) => log.warn('witness.missed', { witness, reason })
  const witnessing = createWitnessing({ store, witnesses, fetch, missed })
  const keepNewest = world.newestCheckpoint && createNewestKeeper(world.newestCheckpoint, log)
  return createLogRunner({
    store,
    key,
    now,
    sealed: (size) => sealConfiguration(store, sealKey, size, now()),
    published: (checkpoint) => {
      keepNewest?.(checkpoint)
      witnessing(checkpoint)
    },
    failed: (error) => log.error('log.failed', { reason: error instanceof Error ? error.message : String(error) }),
  })
}

const MINUTE = 60

/** Per process: they only keep noise out. The requests that wait for humans are counted exactly, in the database. */
export function createLimits(config: Config): Limits {
  const perMinute = (points: number) => new RateLimiterMemory({ points, duration: MINUTE })
  const limiters: Readonly<Record<LimitedKind, RateLimiterMemory>> = {
    agent: perMinute(config.agentRequestsPerMinute),
    agentBytes: perMinute(config.agentBytesPerMinute),
    agentCalls: perMinute(config.agentCallsPerMinute),
    executor: perMinute(config.agentRequestsPerMinute),
    executorBytes: perMinute(config.executorBytesPerMinute),
    executorCalls: perMinute(config.executorCallsPerMinute),
    approver: perMinute(config.approverCallsPerMinute),
    anonymous: perMinute(config.anonymousCallsPerMinute),
    directoryCalls: perMinute(config.directoryCallsPerMinute),
    drafts: perMinute(config.approverCallsPerMinute),
    refusals: perMinute(OWN_REFUSALS),
    refusedToken: perMinute(REFUSALS_OF_ONE_TOKEN),
  }
  return {
    async take(kind, key, amount = 1) {
      try {
        await limiters[kind].consume(key, amount)
        return null
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return secondsOf(refused)
        throw refused
      }
    },
    async spent(kind, key) {
      const limiter = limiters[kind]
      const count = await limiter.get(key)
      return count !== null && count.consumedPoints >= limiter.points ? secondsOf(count) : null
    },
  }
}

/** Refusals of one caller that differ, and have entries of their own. */
const OWN_REFUSALS = 60
/** Redemptions of one token by one executor, from then on refused unread. */
const REFUSALS_OF_ONE_TOKEN = 10

const secondsOf = ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000))
