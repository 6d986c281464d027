/**
 * The figures of this process in OpenMetrics text: counters since its start, and what waits in the database.
 *
 * Every label has a closed set of values, so the number of series is bounded. Counters of several processes add up; what
 * waits in the database is the same figure at each of them. OpenMetrics 1.0; SPEC 13.
 */
import { ERROR_STATUS } from '@countersign/verifier'
import { Counter, collectDefaultMetrics, Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client'
import type { Services } from '../../authority/compose.ts'
import { type Answer, ENGINE_VERDICTS, EVALUATION_REASONS, type Meters } from '../../authority/meters.ts'
import { CHANNEL_NAMES } from '../../domain/notify/channels.ts'
import type { HttpMetrics } from '../../http/answer/count-answers.ts'

export interface Metrics {
  readonly meters: Meters
  readonly httpOf: (services: Watched) => HttpMetrics
}

type Watched = Pick<Services, 'backlog' | 'databaseUse' | 'stream' | 'log' | 'unacknowledgedBreakGlass'>

const ANSWERS: readonly Answer[] = ['approved', 'denied', 'expired', 'withdrawn', 'stopped', 'changed']
const CODES = Object.keys(ERROR_STATUS)
/** People answer within seconds or hours: a request may wait for a day. */
const WAITING_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400]

const ENGINE_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createMetrics(): Metrics {
  const registry = new Registry<OpenMetricsContentType>()
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  const counters = countersIn(registry)
  const gauges = gaugesIn(registry)
  collectDefaultMetrics({ register: registry })
  const {
    decisions,
    evaluations,
    refusedRows,
    answers,
    answerSeconds,
    redemptions,
    executorRefusals,
    refusals,
    responses,
    engine,
  } = counters
  return {
    meters: {
      decided: (decision) => decisions.inc({ decision }),
      evaluated: (reason) => evaluations.inc({ reason }),
      answered: (answer, seconds) => {
        answers.inc({ answer })
        if (seconds !== undefined) answerSeconds.observe({ answer }, seconds)
      },
      redeemed: () => redemptions.inc(),
      configurationRefused: () => refusedRows.inc(),
      refusedByExecutor: (code) => executorRefusals.inc({ code }),
      engineAnswered: (verdict, seconds) => {
        engine.answers.inc({ verdict })
        engine.seconds.observe(seconds)
      },
    },
    httpOf: (services) => ({
      answered: (status, code) => {
        responses.inc({ class: `${Math.floor(status / 100)}xx` })
        if (code !== null) refusals.inc({ code })
      },
      exposition: once(async () => {
        await look(gauges, services)
        return { type: registry.contentType, text: await registry.metrics() }
      }),
    }),
  }
}

/** Scrapes that come while one is under way share its result. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

function countersIn(registry: Registry<OpenMetricsContentType>) {
  const registers = [registry]
  /** Begins at 0 for each value, so that the first event is a rise too. */
  const counter = <Label extends string>(name: string, help: string, label: Label, values: readonly string[]) => {
    const made = new Counter({ name: `countersign_${name}`, help, labelNames: [label], registers })
    for (const value of values) made.labels(value).inc(0)
    return made
  }
  return {
    decisions: counter('decisions', 'Proposals decided on', 'decision', [
      'allow',
      'deny',
      'approval',
      'stopped',
      'unfit',
    ]),
    evaluations: counter(
      'evaluations',
      'Actions that agents and executors evaluated without a request',
      'reason',
      EVALUATION_REASONS,
    ),
    answers: counter('answers', 'Requests that ended', 'answer', ANSWERS),
    answerSeconds: new Histogram({
      name: 'countersign_answer_seconds',
      help: 'Time from a request to its approval or denial',
      labelNames: ['answer'],
      buckets: WAITING_SECONDS,
      registers,
    }),
    redemptions: new Counter({ name: 'countersign_redemptions', help: 'Tokens redeemed', registers }),
    refusedRows: new Counter({
      name: 'countersign_configuration_refused',
      help: 'Rows of the database that nobody consented to, and that were refused',
      registers,
    }),
    refusals: counter('refusals', 'Calls refused, by the code of the answer', 'code', CODES),
    executorRefusals: counter('executor_refusals', 'Calls that executors refused and reported', 'code', CODES),
    responses: counter('http_responses', 'HTTP answers', 'class', ['2xx', '3xx', '4xx', '5xx']),
    engine: {
      answers: counter('engine_answers', 'Answers of the outside policy engine', 'verdict', ENGINE_VERDICTS),
      seconds: new Histogram({
        name: 'countersign_engine_seconds',
        help: 'Time until the outside policy engine answered, or was given up',
        buckets: ENGINE_SECONDS,
        registers,
      }),
    },
  }
}

function gaugesIn(registry: Registry<OpenMetricsContentType>) {
  const registers = [registry]
  const gauge = (name: string, help: string) => new Gauge({ name: `countersign_${name}`, help, registers })
  return {
    up: gauge('database_up', '1 where the database answered this scrape'),
    underWay: gauge('database_under_way', 'Statements and transactions that run or wait for a connection'),
    connections: gauge('database_connections', 'Connections that this process may open'),
    streams: gauge('streams', 'Event streams of executors at this process'),
    streamLag: gauge('stream_lag_seconds', 'Longest time that an event waits for its executor to take it'),
    brokenGlass: gauge('break_glass_unacknowledged', 'Break-glasses that no admin has acknowledged'),
    waiting: gauge('requests_waiting', 'Requests that wait for people'),
    unproved: gauge('log_unproved_entries', 'Ledger entries that no published checkpoint covers'),
    logLag: gauge('log_lag_seconds', 'Age of the oldest of these entries'),
    unindexed: gauge('log_unindexed_entries', 'Published entries that the index of searches has not taken in'),
    outbox: new Gauge({
      name: 'countersign_outbox',
      help: 'Notices to plan, and deliveries to make on each channel',
      labelNames: ['stage'],
      registers,
    }),
  }
}

type Gauges = ReturnType<typeof gaugesIn>

async function look(gauges: Gauges, services: Watched): Promise<void> {
  const { underWay, connections } = services.databaseUse()
  const lags = services.stream.lagsMs()
  gauges.underWay.set(underWay)
  gauges.connections.set(connections)
  gauges.streams.set(lags.length)
  gauges.brokenGlass.set(services.unacknowledgedBreakGlass())
  gauges.streamLag.set(Math.max(0, ...lags) / 1000)
  await lookIntoDatabase(gauges, services)
}

/** Figures that cannot be read are left out: an old one would look like a true one. */
async function lookIntoDatabase({ up, ...gauges }: Gauges, { backlog, log }: Watched): Promise<void> {
  const read = await backlog().catch((error) => void log.warn('metrics.failed', { reason: String(error) }))
  up.set(read === undefined ? 0 : 1)
  if (read === undefined) {
    for (const gauge of [gauges.waiting, gauges.unproved, gauges.logLag, gauges.unindexed, gauges.outbox])
      gauge.remove()
    gauges.outbox.reset()
    return
  }
  gauges.waiting.set(read.pending)
  gauges.unproved.set(read.unproved)
  gauges.logLag.set(read.unprovedForSeconds)
  gauges.unindexed.set(read.unindexed)
  gauges.outbox.set({ stage: 'notice' }, read.notices)
  for (const channel of CHANNEL_NAMES) gauges.outbox.set({ stage: channel }, read.deliveries[channel] ?? 0)
}
