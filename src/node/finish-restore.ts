/** The last step of restoring a backup, with the authority stopped: its log goes on, and nothing in it can act twice. */
import { getRandomValues } from 'node:crypto'
import { parseConfig } from '../authority/config.ts'
import { type Restored, stopAfterRestore } from '../authority/stop/after-restore.ts'
import type { Result } from '../domain/refusal.ts'
import { createStore } from '../store/create-store.ts'
import { adoptLog } from '../store/ledger/log-verbs.ts'
import { forgetNewestCheckpoint } from './key-files.ts'
import { openDatabase } from './open-database.ts'

/** `adopted`: the entries came from another server. Throws `ConfigError` for settings that are wrong. */
export async function finishRestore(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Result<Restored & { readonly adopted: boolean }>> {
  const config = parseConfig(environment)
  // Rewriting a large ledger takes longer than the authority's statement time-out.
  const { database, migrations } = await openDatabase(config, { statementTimeoutMs: null })
  try {
    const adopted = await adoptLog(database)
    const stopped = await stopAfterRestore({
      config,
      store: createStore(database, migrations),
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      now: () => Math.floor(Date.now() / 1000),
      nowMs: () => Date.now(),
      randomBytes: (count) => getRandomValues(new Uint8Array(count)),
    })
    if (stopped.ok) await forgetNewestCheckpoint(config.dataDir)
    return stopped.ok ? { ok: true, value: { ...stopped.value, adopted } } : stopped
  } finally {
    await database.close()
  }
}
