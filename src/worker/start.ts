/**
 * The authority as one isolate knows it: joined once, at the first call, and kept.
 *
 * In: bindings. Out: the services and the HTTP application, on a database brought to the schema of this build.
 * Migrates by itself: whoever comes first does it and the others wait their turn, so that a deployment is one command.
 * SPEC 13.
 */
import type { Hono } from 'hono'
import type { Services } from '../authority/compose.ts'
import { compose } from '../authority/compose.ts'
import { createWakeUps } from '../authority/wake-ups.ts'
import { createHttp } from '../http/app.ts'
import { currentApprover } from '../http/call/session.ts'
import { createStore } from '../store/create-store.ts'
import { isMigrated, migrate } from '../store/driver/migrate.ts'
import { createPages } from '../web/pages.tsx'
import { type Bindings, configOf } from './bindings.ts'
import { createConsoleLog } from './console-log.ts'
import { streamFromObject, tellOfStop } from './feed-stub.ts'
import { migrations } from './migrations.ts'
import { createPost } from './public-post.ts'
import { requestDatabase } from './request-database.ts'

/** Nobody announces anything to an isolate, so those who wait look again. */
const LOOK_AGAIN_MS = 500

export interface Running {
  readonly services: Services
  readonly app: Hono
  /** Wakes who waits here. */
  readonly announce: (topic: string) => void
}

let running: Running | undefined

/** Throws `ConfigError`, or `StoreUnavailable`; then the next call tries again. */
export async function authorityOf(bindings: Bindings): Promise<Running> {
  // Calls that come at once each join their own: who waited for another's would hang when that call is cut off.
  const authority = running ?? (await join(bindings))
  running ??= authority
  return running
}

async function join(bindings: Bindings): Promise<Running> {
  const { config, vault, logKey, logKeyNext, notifyJwks } = configOf(bindings)
  const log = createConsoleLog(config.logLevel)
  if (config.mail !== null) {
    log.warn('mail.off', { reason: 'COUNTERSIGN_SMTP_URL is set, but no mail can be sent from Workers' })
  }
  await prepareSchema()
  const wakeUps = createWakeUps(LOOK_AGAIN_MS)
  const services = await compose(
    {
      config,
      vault,
      logKey,
      logKeyNext,
      notifyJwks,
      post: createPost(config.privateWebhooks),
      mail: null,
      fetch: (url, init) => fetch(url, init),
      store: createStore(requestDatabase, migrations),
      now: () => Math.floor(Date.now() / 1000),
      nowMs: () => Date.now(),
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
      events: wakeUps,
      log,
    },
    config.operatorCredential,
  )
  const pages = createPages(services, (request) => currentApprover(request, services))
  const app = createHttp(services, {
    pages,
    addressOf: (context) => context.req.header('cf-connecting-ip') ?? 'unknown',
    openStream: (_, listener) => streamFromObject(bindings, listener),
    afterStop: ({ executionCtx }) => executionCtx.waitUntil(tellOfStop(bindings)),
    firstAdminLink: true,
  })
  return { services, app, announce: wakeUps.announce }
}

/** Asks before it migrates: a role that may not change the schema serves too, where a deployment migrated before. */
async function prepareSchema(): Promise<void> {
  if (await isMigrated(requestDatabase, migrations).catch(() => false)) return
  await migrate(requestDatabase, migrations)
}
