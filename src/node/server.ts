/**
 * The authority as one Node process: composition root 1. On PGlite in the data directory when no DATABASE_URL is set,
 * else on PostgreSQL. SPEC 13.
 */
import { getRandomValues } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Services } from '../authority/compose.ts'
import { compose } from '../authority/compose.ts'
import { type Config, parseConfig } from '../authority/config.ts'
import type { Log } from '../authority/deps.ts'
import type { Meters } from '../authority/meters.ts'
import { pinsOf } from '../authority/proof/root-keys.ts'
import { createWakeUps } from '../authority/wake-ups.ts'
import { strangerAddress } from '../domain/identity/stranger-address.ts'
import { givenKeys } from '../domain/token/signing-keys.ts'
import type { HttpMetrics } from '../http/answer/count-answers.ts'
import { problemResponse } from '../http/answer/problem-response.ts'
import { createHttp } from '../http/app.ts'
import { currentApprover } from '../http/call/session.ts'
import { createReadStore } from '../store/create-read-store.ts'
import { createStore } from '../store/create-store.ts'
import { createPages } from '../web/pages.tsx'
import { createCedarHost } from './cedar-host.ts'
import { examineAll } from './doctor/examine-all.ts'
import { createDraftThreads } from './drafts/draft-threads.ts'
import { streamToNode } from './event-sink.ts'
import { createLog } from './json-log.ts'
import {
  inWordsOfFiles,
  keepOrigin,
  keyFiles,
  logKeyFile,
  newestCheckpointFile,
  nextLogKey,
  operatorCredential,
  prepareDataDir,
  rootKeyFile,
  vapidKeyFile,
  webhookKeyFile,
} from './key-files.ts'
import { createMail } from './mail.ts'
import { createMetrics } from './metrics/metrics.ts'
import { serveMetrics } from './metrics/metrics-port.ts'
import { type OpenDatabase, openDatabase } from './open-database.ts'
import { createPost } from './pinned-post.ts'

export { LogDisagreement } from '../domain/ledger/tile-tree.ts'

/** Longer than load balancers keep an idle connection, so that none sends a call on one that ends here. */
const KEEP_ALIVE_MS = 75_000
const SWEEP_EVERY_MS = 1000
const SIGNATURES_AFTER_MS = 50

export interface RunningServer {
  readonly config: Config
  readonly services: Services
  readonly url: string
  /** The one-time link for the first admin; null once there is an admin. */
  readonly bootstrapLink: string | null
  readonly operatorCredential: string
  readonly stop: () => Promise<void>
}

/**
 * Throws `ConfigError` for wrong settings, and the socket's error for a taken port, before anything else is opened: a
 * failed start does not affect a running process.
 */
export async function startServer(environment: Readonly<Record<string, string | undefined>>): Promise<RunningServer> {
  const config = parseConfig(environment)
  let app: ReturnType<typeof createHttp> | undefined
  let counted: HttpMetrics | undefined
  const { meters, httpOf } = createMetrics()
  const answer: Fetch = (request, env) => app?.fetch(request, env) ?? notYet(config.origin)
  const closePorts = await openPorts(config, answer, () => counted)
  try {
    const { services, operator, close, examinePlatform } = await open(config, meters)
    counted = httpOf(services)
    const pages = createPages(services, (request) => currentApprover(request, services), { gzip: gzipSync })
    app = createHttp(services, {
      pages,
      metrics: counted,
      examinePlatform,
      addressOf: (context) =>
        strangerAddress(
          getConnInfo(context).remote.address ?? '',
          context.req.header('x-forwarded-for'),
          config.trustedProxies,
        ),
      openStream: (context, listener) => streamToNode(context, listener, services.stream),
    })
    return {
      config,
      services,
      url: config.origin,
      bootstrapLink: await services.people.firstAdminLink(),
      operatorCredential: operator,
      stop: async () => {
        // First, so that executors move to another process at once.
        await services.stream.close()
        await closePorts()
        await close()
      },
    }
  } catch (error) {
    await closePorts()
    throw error
  }
}

/** The services on their database, and a function that ends them: pending work first, the database last. */
async function open(config: Config, meters: Meters) {
  await prepareDataDir(config.dataDir)
  const opened = await openDatabase(config)
  try {
    return await join(config, opened, meters)
  } catch (error) {
    await opened.database.close()
    throw isOfDataDir(error, config.dataDir) ? inWordsOfFiles(error, config.dataDir) : error
  }
}

const isOfDataDir = (error: unknown, dataDir: string): boolean =>
  error instanceof Error && 'path' in error && String(error.path).startsWith(dataDir)

async function join(config: Config, { database, migrations }: OpenDatabase, meters: Meters) {
  const log = createLog(config.logLevel)
  const store = createStore(database, migrations, { gather: setImmediate })
  // The embedded database computes on this thread: others have their turn between two reads.
  const isEmbedded = config.databaseUrl === null
  const reads = isEmbedded ? undefined : createReadStore(database, migrations, process.nextTick)
  const wakeUps = createWakeUps()
  const unlisten = await store.listen(wakeUps.announce)
  const operator = config.operatorCredential ?? (await operatorCredential(config.dataDir))
  await keepOrigin(config.dataDir, config.origin)
  const drafts = createDraftThreads()
  const world = {
    config,
    store,
    reads,
    vault: config.signingKeys === null ? keyFiles(config.dataDir) : givenKeys(config.signingKeys),
    now: () => Math.floor(Date.now() / 1000),
    nowMs: () => Date.now(),
    randomBytes: (count: number) => getRandomValues(new Uint8Array(count)),
    events: wakeUps,
    log,
    meters,
    signaturesAfterMs: SIGNATURES_AFTER_MS,
    newestCheckpoint: newestCheckpointFile(config.dataDir),
    rootPins: pinsOf(config.rootKey, rootKeyFile(config.dataDir)),
    logKey: config.logKey ?? (await logKeyFile(config.dataDir)),
    logKeyNext: config.logKeyNext ?? (await nextLogKey(config.dataDir)),
    notifyJwks: {
      vapid: config.vapidKeys ?? (await vapidKeyFile(config.dataDir)),
      webhook: config.webhookKey ?? (await webhookKeyFile(config.dataDir)),
    },
    cedar: createCedarHost(),
    drafts,
    post: createPost(config.privateWebhooks),
    mail: config.mail && (await createMail(config.mail, config.name)),
    fetch: (url: string, init: RequestInit) => fetch(url, init),
  }
  const services = await compose(world, operator)
  const stopSweeping = sweepRegularly(services, log)
  const stopLog = services.ledger.start()
  const stopCourier = services.courier.start()
  const close = async () => {
    for (const step of [drafts.end, stopSweeping, stopCourier, services.settle, stopLog, unlisten, store.close])
      await step()
  }
  const examinePlatform = () => examineAll(config, { database, migrations })
  return { services, operator, close, examinePlatform }
}

const notYet = (origin: string): Response =>
  problemResponse(origin, {
    code: 'authority_unreachable',
    message: 'The authority is starting. Nothing was done; try again.',
    retryAfterSeconds: 2,
  })

type Server = ReturnType<typeof serve>
type Fetch = Parameters<typeof serve>[0]['fetch']

/** Both or none. Resolves to the way to close them. */
async function openPorts(config: Config, fetch: Fetch, counted: () => HttpMetrics | undefined) {
  const server = await listen(config, fetch)
  try {
    const closeMetrics = await serveMetrics(config, counted)
    return () => Promise.all([stopListening(server), closeMetrics()])
  } catch (error) {
    await stopListening(server)
    throw error
  }
}

function listen(config: Config, fetch: Fetch): Promise<Server> {
  return new Promise((resolve, reject) => {
    const serverOptions = { keepAliveTimeout: KEEP_ALIVE_MS }
    const server = serve({ fetch, hostname: config.host, port: config.port, serverOptions }, () => resolve(server))
    server.on('error', reject)
  })
}

const stopListening = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    if ('closeAllConnections' in server) server.closeAllConnections()
  })

/** One sweep after the other, never two at once. */
function sweepRegularly(services: Services, log: Log): () => Promise<void> {
  let stopped = false
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(async () => {
      if (stopped) return
      await services.sweep().catch((error) => log.warn('sweep.failed', { reason: String(error) }))
    })
  }, SWEEP_EVERY_MS)
  timer.unref()
  return () => {
    stopped = true
    clearInterval(timer)
    return running
  }
}
