/**
 * Configuration from the bindings of a Worker. Keys and database are required, since there is no folder to create them
 * in. SPEC 13.
 */
import { ConfigError, parseConfig } from '../authority/config.ts'
import { givenKeys } from '../domain/token/signing-keys.ts'

export interface Bindings {
  readonly HYPERDRIVE?: { readonly connectionString: string }
  readonly FEED?: {
    readonly idFromName: (name: string) => unknown
    readonly get: (id: unknown) => { readonly fetch: typeof fetch }
  }
  readonly [setting: string]: unknown
}

export function configOf(bindings: Bindings) {
  const settings = Object.entries(bindings).map(([name, value]) => [name, textOf(value)])
  const config = parseConfig(Object.fromEntries(settings))
  return {
    config,
    vault: givenKeys(required(config.signingKeys, 'COUNTERSIGN_SIGNING_KEYS', 'a JWKS of private keys')),
    logKey: required(config.logKey, 'COUNTERSIGN_LOG_KEY', 'a private Ed25519 JWK'),
    logKeyNext: config.logKeyNext,
    notifyJwks: {
      vapid: required(config.vapidKeys, 'COUNTERSIGN_VAPID_KEYS', 'a private P-256 JWK'),
      webhook: required(config.webhookKey, 'COUNTERSIGN_WEBHOOK_KEY', 'a private Ed25519 JWK'),
    },
  }
}

function required<T>(key: T | null, name: string, form: string): T {
  if (key === null) throw new ConfigError(`${name}: missing; set this secret to ${form}`)
  return key
}

export function databaseUrlOf({ HYPERDRIVE }: Bindings): string {
  if (HYPERDRIVE === undefined) throw new ConfigError('HYPERDRIVE: missing; bind a Hyperdrive in wrangler.toml')
  return HYPERDRIVE.connectionString
}

/** Variables may be numbers, booleans or objects in wrangler.toml. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
