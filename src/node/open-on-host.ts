/** Opens or acknowledges a break-glass from the host: with the database and the log's key, which has to be the one that signs this log. */
import { getRandomValues } from 'node:crypto'
import { ConfigError, parseConfig } from '../authority/config.ts'
import type { Deps } from '../authority/deps.ts'
import { checkLog } from '../authority/log/check-log.ts'
import { acknowledgeOnHost, type OpenedBreakGlass, openBreakGlass } from '../authority/people/break-glass.ts'
import { importLogKey } from '../domain/ledger/log-key.ts'
import type { Result } from '../domain/refusal.ts'
import { logOrigin } from '../domain/token/build-claims.ts'
import { createStore } from '../store/create-store.ts'
import { knownLogKey, nextLogKey } from './key-files.ts'
import { openDatabase } from './open-database.ts'

export { LogDisagreement } from '../domain/ledger/tile-tree.ts'

type Environment = Readonly<Record<string, string | undefined>>

export const breakGlassOnHost = (environment: Environment, reason: string): Promise<Result<OpenedBreakGlass>> =>
  onHost(environment, (host) => openBreakGlass(host, reason))

export const acknowledgedOnHost = (environment: Environment, id: string): Promise<Result<true>> =>
  onHost(environment, (host) => acknowledgeOnHost(host, id))

/** Throws `ConfigError` for settings that are wrong, and `LogDisagreement` where this key is not that of the log. */
async function onHost<T>(environment: Environment, work: (host: Host) => Promise<T>): Promise<T> {
  const config = parseConfig(environment)
  const jwk = config.logKey ?? (await knownLogKey(config.dataDir))
  if (jwk === null) throw new ConfigError(NO_KEY)
  const next = config.logKeyNext ?? (await nextLogKey(config.dataDir))
  const logKey = await importLogKey(jwk, logOrigin(config.origin), next ? [next] : [])
  const { database, migrations } = await openDatabase(config)
  try {
    const store = createStore(database, migrations)
    await checkLog(store, logKey)
    return await work({ config, store, logKey, now, randomBytes })
  } finally {
    await database.close()
  }
}

type Host = Pick<Deps, 'config' | 'store' | 'logKey' | 'now' | 'randomBytes'>

const now = () => Math.floor(Date.now() / 1000)
const randomBytes = (count: number) => getRandomValues(new Uint8Array(count))

const NO_KEY =
  'The key of the log is not here. Run this where the authority runs, with its data directory or its COUNTERSIGN_LOG_KEY.'
