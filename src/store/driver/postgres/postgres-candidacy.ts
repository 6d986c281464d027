/**
 * Leader election on PostgreSQL: an advisory lock, held by a connection that does nothing else. The server frees the
 * lock when the connection ends: at once for a dead process, within seconds for a dead machine. A holder that has not
 * yet noticed the loss does no harm: compare-and-swap decides each step of the log. SPEC 8.
 */
import type { Candidacy } from '../../contract/log-store.ts'
import type { Query } from '../database.ts'
import type { Clients } from './postgres-clients.ts'

/** How long the holder assumes that it still holds the lock. */
const LOOK_AFTER_MS = 1000

// A blocking `pg_advisory_lock` would hold a snapshot and delay VACUUM for as long as it waits, so this only tries.
const TRY = `SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held,
  set_config('tcp_keepalives_idle', '1', false), set_config('tcp_keepalives_interval', '1', false),
  set_config('tcp_keepalives_count', '1', false)`

export function createCandidacy(office: string, connect: (onLost: () => void) => Clients): Candidacy {
  let held = false
  let lookedAt = 0
  const clients = connect(() => {
    held = false
  })

  async function stand(): Promise<boolean> {
    if (held && performance.now() - lookedAt < LOOK_AFTER_MS) return true
    const client = clients.current()
    // While the lock is held, this only checks the connection; a new connection holds nothing.
    if (held) await client`SELECT`
    else held = (await client.unsafe<{ held: boolean }[]>(TRY, [office]))[0]?.held ?? false
    lookedAt = performance.now()
    return held
  }

  return {
    stand: () =>
      stand().catch(() => {
        held = false
        return false
      }),
    async withdraw() {
      held = false
      await clients.renew(1)
    },
  }
}

const TRY_TURN = 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS held'

/** Within a transaction, which holds the lock while `work` runs on other connections. */
export async function inTurn(query: Query, office: string, work: () => Promise<void>): Promise<boolean> {
  const [turn] = await query<{ held: boolean }>(TRY_TURN, [office])
  if (turn?.held) await work()
  return turn?.held ?? false
}
