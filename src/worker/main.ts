/**
 * The authority on Cloudflare Workers: composition root 2. It serves the HTTP application that Node serves too, or a
 * 503 that names wrong settings. Each tick, and calls, expire requests, advance the log and deliver notifications. SPEC
 * 13.
 */
import type { ExecutionContext } from 'hono'
import type { Services } from '../authority/compose.ts'
import { ConfigError } from '../authority/config.ts'
import { problemResponse } from '../http/answer/problem-response.ts'
import { type Bindings, databaseUrlOf } from './bindings.ts'
import { createConsoleLog } from './console-log.ts'
import { CallConnections } from './request-database.ts'
import { authorityOf, type Running } from './start.ts'

export { Feed } from './stream-object.ts'

const SWEEP_EVERY_MS = 5_000
const MAX_SWEEPS_A_TICK = 20
const RETRY_AFTER_SECONDS = 2

let sweptAt = 0

export default {
  async fetch(request: Request, bindings: Bindings, context: ExecutionContext): Promise<Response> {
    try {
      const answer = await inCall(bindings, context, ({ app }) => app.fetch(request, bindings, context))
      if (request.method !== 'GET') context.waitUntil(inCall(bindings, context, advanceLog))
      if (sweepIsDue()) context.waitUntil(inCall(bindings, context, sweepOnce))
      return answer
    } catch (error) {
      return notServing(error)
    }
  },

  scheduled: (_tick: unknown, bindings: Bindings, context: ExecutionContext): Promise<void> =>
    inCall(bindings, context, sweepAll),
}

/** `work` with the authority, on connections that end with it. */
async function inCall<T>(
  bindings: Bindings,
  context: ExecutionContext,
  work: (authority: Running) => T | Promise<T>,
): Promise<T> {
  const connections = new CallConnections(databaseUrlOf(bindings))
  try {
    return await connections.within(async () => work(await authorityOf(bindings)))
  } finally {
    context.waitUntil(connections.close())
  }
}

function sweepIsDue(): boolean {
  if (Date.now() - sweptAt < SWEEP_EVERY_MS) return false
  sweptAt = Date.now()
  return true
}

/** Adds the call's entries, and any others that wait, to the log. Another isolate may be doing so already. */
async function advanceLog({ services }: Running): Promise<void> {
  await services.ledger
    .advanceInTurn()
    .catch((error) =>
      services.log.warn('log.failed', { reason: error instanceof Error ? error.message : String(error) }),
    )
}

async function sweepOnce(running: Running): Promise<void> {
  const { sweep, log } = running.services
  await sweep().catch((error) => log.warn('sweep.failed', { reason: String(error) }))
  await deliverNotifications(running)
}

/** A sweep takes a portion; the next tick continues. */
async function sweepAll(running: Running): Promise<void> {
  for (let sweeps = 0; sweeps < MAX_SWEEPS_A_TICK; sweeps++) {
    if ((await running.services.sweep()) === 0) break
  }
  await advanceLog(running)
  await deliverNotifications(running)
}

async function deliverNotifications({ services }: Running): Promise<void> {
  await services.courier.run().catch((error) => services.log.warn('notify.failed', { reason: String(error) }))
}

/** Names the settings to any caller: until they are right there is nothing to attack. */
function notServing(error: unknown): Response {
  const log: Services['log'] = createConsoleLog('error')
  if (error instanceof ConfigError) {
    log.error('settings.wrong', { reason: error.message })
    return unavailable(`The authority is not set up. ${error.message}`)
  }
  log.error(
    'start.failed',
    error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : {},
  )
  return unavailable('The authority could not start. Nothing was done; try again.')
}

/** Its `type` is relative: the origin is a setting too. */
const unavailable = (message: string): Response =>
  problemResponse('', { code: 'authority_unreachable', message, retryAfterSeconds: RETRY_AFTER_SECONDS })
