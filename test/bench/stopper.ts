/**
 * Engages kill switches in this process as the authority does: revocations, entries and all.
 *
 * In: a running authority's origin and database. Out: switches, and when the COMMIT of each was about to be sent.
 */
import type { Selector } from '@countersign/verifier'
import { createLimits } from '../../src/authority/compose.ts'
import { parseConfig } from '../../src/authority/config.ts'
import { engage } from '../../src/authority/stop/engage.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { SILENT } from './silent.ts'

export interface Stopper {
  readonly engage: (selector: Selector) => Promise<{ readonly id: string; readonly committedAt: number }>
  readonly close: () => Promise<void>
}

interface Running {
  readonly origin: string
  readonly databaseUrl: string
}

const BY = { kind: 'operator', credentialId: 'bench', subject: 'bench' } as const

export function startStopper({ origin, databaseUrl }: Running): Stopper {
  let committedAt: number | undefined
  const database = connectPostgres(databaseUrl)
  // The first transaction engages the switch; what follows it ends what was under way.
  const store = createStore(
    timed(database, () => {
      committedAt ??= performance.now()
    }),
    [],
  )
  const config = parseConfig({ COUNTERSIGN_ORIGIN: origin })
  const deps = {
    ...{ config, store, log: SILENT, limits: createLimits(config) },
    now: () => Math.floor(Date.now() / 1000),
    nowMs: () => Date.now(),
    randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
  }
  return {
    async engage(selector) {
      committedAt = undefined
      const engaged = await engage(deps, BY, { selector, reason: 'A bench' })
      if (!engaged.ok || committedAt === undefined) throw new Error('The switch was not engaged')
      return { id: engaged.value.id, committedAt }
    },
    close: database.close,
  }
}

const timed = (database: Database, committing: () => void): Database => ({
  ...database,
  transaction: (work) =>
    database.transaction(async (transaction) => {
      const done = await work(transaction)
      committing()
      return done
    }),
})
