/**
 * Joins the services: the same on Node and on Workers, which differ only in what they pass in.
 *
 * In: configuration, store, key vault, clock, randomness, wake-ups, log. Out: `Services`, ready to serve.
 * Makes sure that a signing key is published, that the authority is known as its own executor, and that the
 * operator's credential works.
 */
import { base64urlEncode } from '@countersign/verifier'
import { parseNoteKey } from '@countersign/verifier/proof'
import { newTrace } from '../domain/approval/approval-request.ts'
import { hashSecret } from '../domain/identity/credential.ts'
import { OPERATOR_AGENT, ownAgent } from '../domain/identity/own-agents.ts'
import { prepareEntry } from '../domain/ledger/entry.ts'
import { importLogKey, type LogJwk, type LogKey } from '../domain/ledger/log-key.ts'
import type { HashNode } from '../domain/ledger/tile-tree.ts'
import { builtInPolicy } from '../domain/policy/built-in.ts'
import { createStatusPlaces } from '../domain/stop/status-list-claims.ts'
import { logOrigin } from '../domain/token/build-claims.ts'
import {
  createSigningKeys,
  generateSigningKey,
  type KeyVault,
  PUBLISH_AHEAD_SECONDS,
  publicHalf,
} from '../domain/token/signing-keys.ts'
import type { Store } from '../store/contract/store.ts'
import { type Authority, createAuthority } from './authority.ts'
import { ownExecutor } from './changes/own-changes.ts'
import { type Config, ConfigError } from './config.ts'
import type { Deps, Events, Log } from './deps.ts'
import { createLimits } from './limits.ts'
import { createWitnessing } from './log/ask-witnesses.ts'
import { checkLog } from './log/check-log.ts'
import { createLogRunner, type LogRunner } from './log/log-runner.ts'
import { type Courier, createCourier } from './notify/courier.ts'
import type { Post, SendMail } from './notify/deliver.ts'
import { importNotifyKeys, type NotifyJwks, type NotifyKeys } from './notify/notify-keys.ts'
import { createPartyCache } from './party-cache.ts'
import { createStatusListCache } from './reading/status-list-cache.ts'
import { createSignatureKeeper } from './tokens/keep-signatures.ts'

/** The use cases, and what a process has to start and stop itself. */
export interface Services extends Authority {
  readonly config: Config
  readonly log: Log
  /** Counts one call of a stranger. Null when it is allowed, else the seconds to wait. */
  readonly admit: (from: string) => Promise<number | null>
  /** Writes what is held back in memory. To be called before the store is closed. */
  readonly settle: () => Promise<void>
  readonly courier: Courier
  /** The log's own work: sequencing, integrating, publishing. */
  readonly ledger: LogRunner
}

export interface World {
  readonly config: Config
  readonly store: Store
  readonly vault: KeyVault
  /** Signs the log's checkpoints. */
  readonly logKey: LogJwk
  /** Signs them beside it; default none. */
  readonly logKeyNext?: LogJwk | null
  /** Where the platform hashes without waiting. */
  readonly hashNode?: HashNode
  /** To ask witnesses with. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** What push services and webhook receivers know the authority by. */
  readonly notifyJwks: NotifyJwks
  /** To tell devices and endpoints with. */
  readonly post: Post
  /** Null where no mail can be sent. */
  readonly mail: SendMail | null
  /** Epoch seconds, and milliseconds of the same clock. */
  readonly now: () => number
  readonly nowMs: () => number
  /** Whole milliseconds by a clock that nobody sets; default `performance.now`. */
  readonly upMs?: () => number
  readonly randomBytes: (count: number) => Uint8Array
  readonly events: Events
  readonly log: Log
  /** How long signatures may be held back to be written together; default 0, where nothing runs after an answer. */
  readonly signaturesAfterMs?: number
}

/** An operator's credential from the configuration or the data directory lasts as long as it stays there. */
const OPERATOR_LIFE_SECONDS = 10 * 365 * 86_400

export async function compose(world: World, operatorSecret: string | null): Promise<Services> {
  const { config, store, vault, now, log } = world
  const policy = await builtInPolicy({
    ttlSeconds: config.tokenTtlSeconds,
    selfApproval: config.selfApproval,
    authority: config.origin,
  })
  const logKey = await importLogKey(world.logKey, logOrigin(config.origin), world.logKeyNext ? [world.logKeyNext] : [])
  await checkLog(store, logKey)
  await publishKeys(world)
  await store.ensureOwnParties({
    agent: ownAgent(OPERATOR_AGENT, OPERATOR_AGENT),
    executor: ownExecutor(config.origin, config.name),
  })
  if (operatorSecret !== null) await ensureOperator(world, operatorSecret)
  const keys = createSigningKeys(vault, store.signingKeys)
  const signatures = createSignatureKeeper(store, log, world.signaturesAfterMs ?? 0)
  const deps: Deps = {
    ...world,
    policy,
    logKey,
    keys,
    limits: createLimits(config),
    upMs: world.upMs ?? (() => Math.floor(performance.now())),
    signatures,
    statusList: createStatusListCache({ config, store, keys, now }),
    parties: createPartyCache(store),
    nextStatusPlace: createStatusPlaces(store.reserveStatusPositions, world.randomBytes),
    mailWorks: world.mail !== null,
    notifyKeys: await importNotifyKeys(world.notifyJwks, config.origin),
  }
  log.debug('ready', { origin: config.origin, policy: policy.digest, now: now() })
  return {
    ...createAuthority(deps),
    config,
    log,
    admit: (from) => deps.limits.take('anonymous', from),
    settle: signatures.flush,
    courier: composeCourier(world, deps.notifyKeys),
    ledger: await composeLog(world, logKey),
  }
}

/** What is alike within a minute is told together. */
const FOLD_SECONDS = 60

function composeCourier({ config, store, post, mail, now, randomBytes, events, log }: World, keys: NotifyKeys) {
  return createCourier({
    store,
    ways: { origin: config.origin, keys, post, mail },
    rules: { limit: config.ringLimit, foldSeconds: FOLD_SECONDS },
    newId: () => base64urlEncode(randomBytes(16)),
    random: () => (randomBytes(1)[0] ?? 0) / 255,
    now,
    woken: (timeoutMs, signal) => events.waitFor('inbox', timeoutMs, signal),
    ended: ({ id, channel, attempts }, result, problem) =>
      log.info(`delivery.${result}`, { delivery: id, channel, attempts, ...(problem === null ? {} : { problem }) }),
    failed: (error) => log.warn('notify.failed', { reason: error instanceof Error ? error.message : String(error) }),
  })
}

async function composeLog({ config, store, hashNode, log, now, fetch }: World, key: LogKey): Promise<LogRunner> {
  const witnesses = await Promise.all(
    config.witnesses.map(async ({ url, vkey }) => ({ url, key: await parseNoteKey(vkey) })),
  )
  const missed = (witness: string, reason: string) => log.warn('witness.missed', { witness, reason })
  return createLogRunner({
    store,
    key,
    hashNode,
    now,
    published: createWitnessing({ store, witnesses, fetch, missed }),
    failed: (error) => log.error('log.failed', { reason: error instanceof Error ? error.message : String(error) }),
  })
}

/** Every private key of the vault has its public row. The first key ever signs at once; a later one after being published. */
async function publishKeys({ config, store, vault, now, randomBytes }: World): Promise<void> {
  const held = await vault.load()
  if (held.length === 0) {
    if (!vault.keep) throw new ConfigError('COUNTERSIGN_SIGNING_KEYS: missing')
    if ((await store.signingKeys()).length > 0) {
      throw new ConfigError(
        'Others sign on this database with keys that are not in this data directory. Share the directory, or set COUNTERSIGN_SIGNING_KEYS.',
      )
    }
    await vault.keep(await generateSigningKey(config.signingAlg))
  }
  for (const jwk of await vault.load()) {
    const known = await store.signingKeys()
    const { kid, alg, publicJwk } = await publicHalf(jwk)
    if (known.some((key) => key.kid === kid)) continue
    const isFirst = known.length === 0
    const signsFrom = isFirst ? now() : now() + PUBLISH_AHEAD_SECONDS
    const entry = await prepareEntry('key.rotated', now(), newTrace(randomBytes), {
      key: kid,
      public_key: { ...publicJwk },
      signs_from: signsFrom,
      ...(isFirst ? { bootstrap: true } : { configured: true }),
    })
    const key = { kid, alg, publicJwk: { ...publicJwk }, publishedAt: now(), signsFrom, retiredAt: null }
    await store.ensureSigningKey({ key, entry })
  }
}

async function ensureOperator({ store, now, randomBytes }: World, secret: string): Promise<void> {
  const credential = {
    id: base64urlEncode(randomBytes(16)),
    kind: 'operator' as const,
    subject: OPERATOR_AGENT,
    prefix: secret.slice(0, 'cs_operator_'.length + 6),
    createdAt: now(),
    expiresAt: now() + OPERATOR_LIFE_SECONDS,
    revokedAt: null,
    lastUsedAt: null,
  }
  const members = {
    credential: credential.id,
    kind: credential.kind,
    subject: credential.subject,
    expires: credential.expiresAt,
  }
  const entry = await prepareEntry('credential.added', now(), newTrace(randomBytes), members)
  await store.ensureCredential({ credential, hash: await hashSecret(secret), entry })
}
