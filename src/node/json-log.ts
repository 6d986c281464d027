/**
 * Structured logs: one JSON object a line, on standard error.
 *
 * In: a level. Out: a `Log`. Pino also blanks members that could hold a secret, should one ever be passed.
 */
import { pino } from 'pino'
import type { Config } from '../authority/config.ts'
import type { Log } from '../authority/deps.ts'

const SECRET = ['token', 'secret', 'credential', 'session', 'authorization', 'cookie']

/** Lines are written together; at the latest after this, and when the process ends in good order. */
const FLUSH_MS = 250

export function createLog(level: Config['logLevel']): Log {
  const logger = pino(
    { level, base: null, redact: { paths: SECRET, censor: '[redacted]' } },
    pino.destination({ fd: 2, sync: false, minLength: 4096, periodicFlush: FLUSH_MS }),
  )
  return {
    debug: (event, fields) => logger.debug({ event, ...fields }),
    info: (event, fields) => logger.info({ event, ...fields }),
    warn: (event, fields) => logger.warn({ event, ...fields }),
    error: (event, fields) => logger.error({ event, ...fields }),
  }
}
