/**
 * What Workers binds to the authority, made into its configuration.
 *
 * In: variables and secrets named COUNTERSIGN_*, and a Hyperdrive. Out: `WorkerConfig`, or `ConfigError`.
 * Stricter than Node where nothing can stand in: there is no folder to make signing keys in, and no embedded database.
 * Specification: DESIGN 13.
 */
import { type Config, ConfigError, parseConfig } from '../config.ts'
import { type KeyVault, publicHalf } from '../token/keys.ts'

export interface Bindings {
  readonly HYPERDRIVE?: { readonly connectionString: string }
  readonly [setting: string]: unknown
}

export interface WorkerConfig {
  readonly config: Config
  readonly vault: KeyVault
}

export async function configOf(bindings: Bindings): Promise<WorkerConfig> {
  const settings = Object.entries(bindings).map(([name, value]) => [name, textOf(value)])
  const config = parseConfig(Object.fromEntries(settings))
  if (config.signingKeys === null) {
    throw new ConfigError('COUNTERSIGN_SIGNING_KEYS: missing; set this secret to a JWKS of private keys')
  }
  return { config, vault: await givenKeys(config.signingKeys) }
}

/** Where the database is. Throws `ConfigError` where no Hyperdrive is bound. */
export function databaseUrlOf({ HYPERDRIVE }: Bindings): string {
  if (HYPERDRIVE === undefined) throw new ConfigError('HYPERDRIVE: missing; bind a Hyperdrive in wrangler.toml')
  return HYPERDRIVE.connectionString
}

/** A variable may be written as a number or a truth value, or even as an object. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Keys that cannot be rotated from within: a new one is added to the secret. */
async function givenKeys(setting: string): Promise<KeyVault> {
  const keys = parseKeys(setting)
  try {
    await Promise.all(keys.map(publicHalf))
  } catch (error) {
    if (error instanceof TypeError) throw new ConfigError(`COUNTERSIGN_SIGNING_KEYS: ${error.message}`)
    throw error
  }
  return { load: async () => keys }
}

function parseKeys(setting: string): Parameters<typeof publicHalf>[0][] {
  try {
    const { keys } = JSON.parse(setting)
    if (Array.isArray(keys) && keys.length > 0) return keys
  } catch {
    // Said below, without repeating what could be a secret.
  }
  throw new ConfigError('COUNTERSIGN_SIGNING_KEYS: must be a JWKS, { "keys": [ private JWK, … ] }')
}
