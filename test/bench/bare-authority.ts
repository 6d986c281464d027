/**
 * The yardstick of kill switches: two bare servers that pass on the events of an authority, which the bench announces.
 *
 * In: a database. Out: where they listen, and switches as an authority's, of which nothing is stored.
 */
import { newSalt } from '@countersign/verifier'
import { type BenchServer, startServer } from './bench-servers.ts'
import type { ControlGround, Stopping } from './control-ground.ts'
import { steadyMs } from './harness.ts'
import { engagedEvents, heartbeat, releasedEvents } from './stream-events.ts'

export interface BareAuthority extends Stopping {
  readonly ports: readonly [number, number]
  readonly pids: readonly number[]
  readonly stop: () => Promise<void>
}

const HEARTBEAT_MS = 1000

export async function startBareAuthority({
  databaseUrl,
  sql,
}: Pick<ControlGround, 'databaseUrl' | 'sql'>): Promise<BareAuthority> {
  const start = (): Promise<BenchServer> => startServer('bare-sse', { DATABASE_URL: databaseUrl })
  const servers = [await start(), await start()] as const
  const tell = (events: string) => sql`SELECT pg_notify('bare', ${events})`
  const beating = setInterval(() => tell(heartbeat()).catch(() => {}), HEARTBEAT_MS)
  let stops = 0
  return {
    ports: [servers[0].port, servers[1].port],
    pids: servers.map(({ pid }) => pid),
    async engage(selector) {
      const id = newSalt()
      stops += 1
      const events = engagedEvents({ id, selector }, stops)
      const committedAt = steadyMs()
      await tell(events)
      return { id, committedAt }
    },
    async release(id) {
      await tell(releasedEvents(id))
    },
    async stop() {
      clearInterval(beating)
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}
