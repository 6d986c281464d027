/**
 * The authority as a process of its own, which can be stopped, cut off from its database, and given a wrong clock.
 *
 * In: a database, a data folder that its fellows share, its origin. Out: where it listens, and signals to send it.
 */

import { type Running, startCommand } from '../cli/run-command.ts'
import { freePort } from '../setup/authority.ts'

export interface AuthorityProcess {
  /** Where it listens, which is not always what it is called. */
  readonly url: string
  readonly signal: Running['signal']
  readonly stop: () => Promise<void>
}

export interface ProcessOptions {
  /** What all of them are called. */
  readonly origin: string
  readonly databaseUrl: string
  readonly dataDir: string
  /** Default: that of the origin. */
  readonly port?: number
  /** By how much its clock is wrong. Default 0. */
  readonly offMs?: number
}

export async function startProcess(options: ProcessOptions): Promise<AuthorityProcess> {
  const { origin, databaseUrl, dataDir, offMs = 0 } = options
  const port = options.port ?? (await freePort())
  const clock = `const right = Date.now; Date.now = () => right() + ${offMs}`
  const running = startCommand(['serve', '--json', '--data-dir', dataDir], {
    DATABASE_URL: databaseUrl,
    COUNTERSIGN_ORIGIN: origin,
    COUNTERSIGN_PORT: String(port),
    COUNTERSIGN_LOG_LEVEL: 'warn',
    COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: '100000',
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(clock)}`,
  })
  const until = Date.now() + 60_000
  while (!running.stdout().endsWith('}\n')) {
    if (running.exitCode() !== null || Date.now() > until) throw new Error(`It did not start: ${running.stderr()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    url: `http://localhost:${port}`,
    signal: running.signal,
    stop: async () => {
      running.signal('SIGCONT')
      running.signal('SIGTERM')
      await running.ended
    },
  }
}
