/** Opens a break-glass from the host: with the database and the log's key, which has to be the one that signs this log. */
import { getRandomValues } from 'node:crypto'
import { ConfigError, parseConfig } from '../authority/config.ts'
import { checkLog } from '../authority/log/check-log.ts'
import { type OpenedBreakGlass, openBreakGlass } from '../authority/people/break-glass.ts'
import { importLogKey } from '../domain/ledger/log-key.ts'
import type { Result } from '../domain/refusal.ts'
import { logOrigin } from '../domain/token/build-claims.ts'
import { createStore } from '../store/create-store.ts'
import { knownLogKey, nextLogKey } from './key-files.ts'
import { openDatabase } from './open-database.ts'

export { LogDisagreement } from '../domain/ledger/tile-tree.ts'

/** Throws `ConfigError` for settings that are wrong, and `LogDisagreement` where this key is not that of the log. */
export async function breakGlassOnHost(
  environment: Readonly<Record<string, string | undefined>>,
  reason: string,
): Promise<Result<OpenedBreakGlass>> {
  const config = parseConfig(environment)
  const jwk = config.logKey ?? (await knownLogKey(config.dataDir))
  if (jwk === null) throw new ConfigError(NO_KEY)
  const next = config.logKeyNext ?? (await nextLogKey(config.dataDir))
  const logKey = await importLogKey(jwk, logOrigin(config.origin), next ? [next] : [])
  const { database, migrations } = await openDatabase(config)
  try {
    const store = createStore(database, migrations)
    await checkLog(store, logKey)
    return await openBreakGlass(
      {
        config,
        store,
        logKey,
        now: () => Math.floor(Date.now() / 1000),
        randomBytes: (count) => getRandomValues(new Uint8Array(count)),
      },
      reason,
    )
  } finally {
    await database.close()
  }
}

const NO_KEY =
  'The key of the log is not here. Run this where the authority runs, with its data directory or its COUNTERSIGN_LOG_KEY.'
