/**
 * The authority of one isolate: composed at the first call, and kept. The first isolate migrates while the others wait,
 * so that a deployment is one command. SPEC 13.
 */
import type { Hono } from 'hono'
import tables from '../../drizzle/0000_tables.sql'
import appendOnly from '../../drizzle/0001_append_only.sql'
import { compose, type Services } from '../authority/compose.ts'
import { pinsOf, type RootPins } from '../authority/proof/root-keys.ts'
import { createWakeUps } from '../authority/wake-ups.ts'
import { strangerAddress } from '../domain/identity/stranger-address.ts'
import { createHttp } from '../http/app.ts'
import { currentApprover } from '../http/call/session.ts'
import { createStore } from '../store/create-store.ts'
import { isMigrated, type Migration, migrate } from '../store/driver/migrate.ts'
import { createPages } from '../web/pages.tsx'
import { type Bindings, configOf } from './bindings.ts'
import { createCedarHost } from './cedar-module.ts'
import { createConsoleLog } from './console-log.ts'
import { createPost } from './public-post.ts'
import { requestDatabase } from './request-database.ts'
import { announceStop, streamFromObject } from './stream-stub.ts'

export const migrations: readonly Migration[] = [
  { tag: '0000_tables', sql: tables },
  { tag: '0001_append_only', sql: appendOnly },
]

const NOTHING_KEPT: RootPins = { load: async () => [] }

/** Isolates hear no announcements, so waiting calls poll. */
const LOOK_AGAIN_MS = 500

export interface Running {
  readonly services: Services
  readonly app: Hono
  /** Wakes the waiting calls of this isolate. */
  readonly announce: (topic: string) => void
}

let running: Running | undefined

/** Throws `ConfigError`, or `StoreUnavailable`; then the next call tries again. */
export async function authorityOf(bindings: Bindings): Promise<Running> {
  // Concurrent first calls compose one each: a call that waited for another would hang when that one is cut off.
  const authority = running ?? (await join(bindings))
  running ??= authority
  return running
}

async function join(bindings: Bindings): Promise<Running> {
  const bound = configOf(bindings)
  const { config } = bound
  const log = createConsoleLog(config.logLevel)
  if (config.mail !== null) {
    log.warn('mail.off', { reason: 'COUNTERSIGN_SMTP_URL is set, but no mail can be sent from Workers' })
  }
  await prepareSchema()
  const wakeUps = createWakeUps(LOOK_AGAIN_MS)
  const services = await compose(
    {
      ...bound,
      rootPins: pinsOf(config.rootKey, NOTHING_KEPT),
      cedar: createCedarHost(),
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
    addressOf: (context) => strangerAddress(context.req.header('cf-connecting-ip') ?? '', undefined, { count: 0 }),
    openStream: (_, listener) => streamFromObject(bindings, listener),
    afterStop: ({ executionCtx }) => executionCtx.waitUntil(announceStop(bindings)),
    firstAdminLink: true,
  })
  return { services, app, announce: wakeUps.announce }
}

/** Checks first, so that a database role without the right to change the schema can serve a migrated database. */
async function prepareSchema(): Promise<void> {
  if (await isMigrated(requestDatabase, migrations).catch(() => false)) return
  await migrate(requestDatabase, migrations)
}
