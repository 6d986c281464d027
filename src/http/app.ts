/**
 * The HTTP application: every endpoint of the table, problems for everything else, one log line a call.
 *
 * Takes no decision. SPEC 12, 13.
 */
import { type Context, Hono } from 'hono'
import { routePath } from 'hono/route'
import type { Endpoint } from '../api/endpoint.ts'
import { endpoints } from '../api/endpoints.ts'
import type { Finding } from '../api/parties/diagnosis-shapes.ts'
import type { Services } from '../authority/compose.ts'
import type { Refusal } from '../domain/refusal.ts'
import { countAnswers, type HttpMetrics } from './answer/count-answers.ts'
import { failureOf, RETRY_AFTER_SECONDS } from './answer/failure.ts'
import { problemResponse } from './answer/problem-response.ts'
import { nothingHere } from './answer/wrong-method.ts'
import { tooMany } from './call/caller.ts'
import { createRouter, type RouterOptions } from './call/router.ts'
import { serveAbsences } from './routes/absence-routes.ts'
import { serveAgentSessions } from './routes/agent-session-routes.ts'
import { serveApprovers } from './routes/approver-routes.ts'
import { serveAdministration, serveFirstAdmin } from './routes/change-routes.ts'
import { serveDiagnosis } from './routes/diagnosis-routes.ts'
import { serveDirectories } from './routes/directory-routes.ts'
import { serveDiscovery } from './routes/discovery-routes.ts'
import { serveDrafts } from './routes/draft-routes.ts'
import { serveEvaluations } from './routes/evaluation-routes.ts'
import { serveExecutors } from './routes/executor-routes.ts'
import { serveHooks } from './routes/hook-routes.ts'
import { serveInbox } from './routes/inbox-routes.ts'
import { serveLedger } from './routes/ledger-routes.ts'
import { serveLog } from './routes/log-routes.ts'
import { serveMetrics } from './routes/metrics-routes.ts'
import { serveNotifications } from './routes/notify-routes.ts'
import { serveObservations } from './routes/observation-routes.ts'
import { servePolicies } from './routes/policy-routes.ts'
import { serveAgents } from './routes/request-routes.ts'
import { serveStop } from './routes/stop-routes.ts'
import { type OpenStream, serveStream } from './routes/stream-routes.ts'
import { serveTransaction } from './routes/transaction-routes.ts'
import { scimRefusal } from './scim/scim-answer.ts'
import { isScim, serveScim } from './scim/scim-routes.ts'

const LEDGER_FULL: Refusal = {
  code: 'authority_unreachable',
  message: 'The ledger has more to take in than it should. Nothing was done; try again.',
  retryAfterSeconds: RETRY_AFTER_SECONDS,
}

interface HttpOptions extends Partial<RouterOptions> {
  /** Answers GET for people. Paths that neither it nor the table knows are `not_found`. */
  readonly pages?: Hono
  /** Writes the event stream of an executor. Default: a web stream. */
  readonly openStream?: OpenStream
  /** What the platform finds about its set-up. Default: nothing. */
  readonly examinePlatform?: () => Promise<readonly Finding[]>
  /** Counts answers, and serves the counts. Default: nothing is counted. */
  readonly metrics?: HttpMetrics
  /** Serves the link for the first admin, where no console prints it. */
  readonly firstAdminLink?: boolean
}

export function createHttp(services: Services, options: HttpOptions = {}): Hono {
  const { pages, openStream, addressOf = () => 'unknown', afterStop = () => {}, firstAdminLink = false } = options
  const { config, log } = services
  const app = new Hono()

  app.use(async (context, next) => {
    const startedAt = performance.now()
    // Set first, for handlers to override: changing a finished response costs more than making it.
    context.header('x-content-type-options', 'nosniff')
    context.header('cache-control', 'no-store')
    await next()
    // Successful calls are logged at debug level: they would be most of the log.
    const level = context.res.status >= 400 ? log.info : log.debug
    level('http', lineOf(context, startedAt))
  })

  if (options.metrics) app.use(countAnswers(options.metrics))
  const router = createRouter(app, services, { addressOf, afterStop })
  refuseWhenFull(app, services)
  countReaders(app, services, addressOf)
  serveExecutors(app, router, services)
  serveStream(router, services, openStream)
  // Before the rest: some addresses are a page to a browser and JSON to a program. What is no page is passed on.
  if (pages) app.route('/', pages)
  serveAgents(router, services)
  serveEvaluations(app, router, services)
  serveHooks(router, services)
  serveDrafts(router, services)
  serveObservations(router, services)
  servePolicies(router, services)
  serveTransaction(router, services)
  serveApprovers(router, services)
  serveInbox(router, services)
  serveStop(router, services)
  serveAdministration(router, services)
  serveDirectories(router, services)
  serveAbsences(router, services)
  serveAgentSessions(router, services)
  if (firstAdminLink) serveFirstAdmin(router, services)
  serveNotifications(router, services)
  serveLedger(router, services)
  serveLog(app, router, services)
  serveDiscovery(router, services)
  serveScim(app, services)
  serveMetrics(router, services, options.metrics)
  serveDiagnosis(router, services, options.examinePlatform)

  app.notFound((context) => nothingHere(app, config.origin, context))
  app.onError((error, { req }) => {
    const refusal = failureOf(error, req.method, log)
    return isScim(req.path) ? scimRefusal(refusal) : problemResponse(config.origin, refusal)
  })
  return app
}

/** Facts can be written faster than the log takes them in. The ledger raises a flag, so asking costs nothing. */
function refuseWhenFull(app: Hono, { config, ledger }: Services): void {
  const newWork = Object.values<Endpoint>(endpoints).filter((endpoint) => endpoint.newWork)
  for (const { method, path } of newWork) {
    app.on(method, path, async (_, next) => (ledger.isFull() ? problemResponse(config.origin, LEDGER_FULL) : next()))
  }
}

/** Documentation is answered from memory. Its readers are counted by address, apart from strangers who enrol. */
function countReaders(app: Hono, { admit, config }: Services, addressOf: RouterOptions['addressOf']): void {
  app.on('GET', ['/docs', '/docs/*', endpoints.openapi.path], async (context, next) => {
    const waitSeconds = await admit(`${addressOf(context)} reads`)
    return waitSeconds === null ? next() : problemResponse(config.origin, tooMany(waitSeconds).refusal)
  })
}

/** The matched route, never the raw path: that could hold what a log should not. */
const lineOf = (context: Context, startedAt: number) => ({
  method: context.req.method,
  route: routePath(context, -1),
  status: context.res.status,
  ms: Math.round((performance.now() - startedAt) * 10) / 10,
})
