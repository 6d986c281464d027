/**
 * The authority as one Node process: composition root 1.
 *
 * In: environment variables. Out: a listening server, and the way to stop it.
 * On PGlite in the data directory when no DATABASE_URL is set, else on PostgreSQL. Specification: DESIGN 13.
 */
import { createHash, getRandomValues } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { compose } from '../compose.ts'
import { type Config, parseConfig } from '../config.ts'
import { createWakeUps } from '../control/wake-ups.ts'
import { createHttp } from '../http/app.ts'
import { currentApprover } from '../http/session.ts'
import type { Log, Services } from '../services.ts'
import { createStore } from '../store/create-store.ts'
import type { Store } from '../store/store.ts'
import { givenKeys } from '../token/keys.ts'
import { createPages } from '../web/pages.tsx'
import { keyFiles, logKeyFile, operatorCredential, prepareDataDir } from './key-files.ts'
import { createLog } from './log.ts'
import { openDatabase } from './open-database.ts'

const SWEEP_EVERY_MS = 1000

export interface RunningServer {
  readonly config: Config
  readonly services: Services
  readonly url: string
  /** The one-time link for the first admin; null once there is one. */
  readonly bootstrapLink: string | null
  readonly operatorCredential: string
  readonly stop: () => Promise<void>
}

/** Throws `ConfigError` for settings that are wrong, before anything is opened. */
export async function startServer(environment: Readonly<Record<string, string | undefined>>): Promise<RunningServer> {
  const config = parseConfig(environment)
  const log = createLog(config.logLevel)
  await prepareDataDir(config.dataDir)
  const operator = config.operatorCredential ?? (await operatorCredential(config.dataDir))
  const { database, migrations } = await openDatabase(config)
  const store = createStore(database, migrations)
  const wakeUps = createWakeUps()
  const stopListening = await store.listen(wakeUps.announce)
  const services = await compose(
    {
      config,
      store,
      vault: config.signingKeys === null ? keyFiles(config.dataDir) : givenKeys(config.signingKeys),
      logKey: config.logKey ?? (await logKeyFile(config.dataDir)),
      hashNode,
      fetch: (url, init) => fetch(url, init),
      now: () => Math.floor(Date.now() / 1000),
      randomBytes: (count) => getRandomValues(new Uint8Array(count)),
      events: wakeUps,
      log,
    },
    operator,
  )
  const pages = createPages(services, (request) => currentApprover(request, services))
  const server = await listen(createHttp(services, pages), config)
  const stopSweeping = sweepRegularly(services, log)
  const stopLog = services.ledger.start()
  return {
    config,
    services,
    url: config.origin,
    bootstrapLink: await services.access.bootstrapLink(),
    operatorCredential: operator,
    stop: () => stopAll(server, store, [stopSweeping, stopLog, stopListening]),
  }
}

const NODE_PREFIX = Uint8Array.of(1)

const hashNode = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  createHash('sha256').update(NODE_PREFIX).update(left).update(right).digest()

type Server = ReturnType<typeof serve>

function listen(app: ReturnType<typeof createHttp>, config: Config): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: config.host, port: config.port }, (_: AddressInfo) =>
      resolve(server),
    )
    server.on('error', reject)
  })
}

/** One sweep after the other, never two at once. */
function sweepRegularly(services: Services, log: Log): () => Promise<void> {
  let stopped = false
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(async () => {
      if (stopped) return
      await services.authority.sweep().catch((error) => log.warn('sweep.failed', { reason: String(error) }))
    })
  }, SWEEP_EVERY_MS)
  timer.unref()
  return () => {
    stopped = true
    clearInterval(timer)
    return running
  }
}

/** No more calls first, then what they left to be done, the database last. */
async function stopAll(server: Server, store: Store, stops: readonly (() => Promise<void>)[]): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
  for (const stop of stops) await stop()
  await store.close()
}
