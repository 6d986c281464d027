/**
 * Configuration from the bindings of a Worker. Keys and database are required, since there is no folder to create them
 * in. SPEC 13.
 */
import { type Config, ConfigError, parseConfig } from '../authority/config.ts'
import type { NotifyJwks } from '../authority/notify/notify-keys.ts'
import type { LogJwk } from '../domain/ledger/log-key.ts'
import { givenKeys, type KeyVault } from '../domain/token/signing-keys.ts'

export interface Bindings {
  readonly HYPERDRIVE?: { readonly connectionString: string }
  readonly FEED?: {
    readonly idFromName: (name: string) => unknown
    readonly get: (id: unknown) => { readonly fetch: typeof fetch }
  }
  readonly [setting: string]: unknown
}

export interface WorkerConfig {
  readonly config: Config
  readonly vault: KeyVault
  readonly logKey: LogJwk
  readonly logKeyNext: LogJwk | null
  readonly notifyJwks: NotifyJwks
}

export function configOf(bindings: Bindings): WorkerConfig {
  const settings = Object.entries(bindings).map(([name, value]) => [name, textOf(value)])
  const config = parseConfig(Object.fromEntries(settings))
  if (config.signingKeys === null) {
    throw new ConfigError('COUNTERSIGN_SIGNING_KEYS: missing; set this secret to a JWKS of private keys')
  }
  if (config.logKey === null) {
    throw new ConfigError('COUNTERSIGN_LOG_KEY: missing; set this secret to a private Ed25519 JWK')
  }
  const { signingKeys, logKey, logKeyNext, vapidKeys: vapid, webhookKey: webhook } = config
  if (vapid === null) {
    throw new ConfigError('COUNTERSIGN_VAPID_KEYS: missing; set this secret to a private P-256 JWK')
  }
  if (webhook === null) {
    throw new ConfigError('COUNTERSIGN_WEBHOOK_KEY: missing; set this secret to a private Ed25519 JWK')
  }
  return { config, vault: givenKeys(signingKeys), logKey, logKeyNext, notifyJwks: { vapid, webhook } }
}

/** The database's URL. Throws `ConfigError` where no Hyperdrive is bound. */
export function databaseUrlOf({ HYPERDRIVE }: Bindings): string {
  if (HYPERDRIVE === undefined) throw new ConfigError('HYPERDRIVE: missing; bind a Hyperdrive in wrangler.toml')
  return HYPERDRIVE.connectionString
}

/** Variables may be numbers, booleans or objects in wrangler.toml. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
