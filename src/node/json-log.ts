/**
 * Structured logs: one JSON object a line, on standard error. As a second guard, members with the names of secrets are
 * blanked.
 */
import { pino } from 'pino'
import type { Config } from '../authority/config.ts'
import type { Log } from '../authority/deps.ts'

const SECRET = ['token', 'secret', 'credential', 'session', 'authorization', 'cookie']

/** Lines are buffered for at most this long, and written when the process ends normally. */
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
