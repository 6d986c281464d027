/**
 * Structured logs: one JSON object a line, on the console, which Workers collects. As a second guard, members with the
 * names of secrets are blanked.
 */
import type { Config } from '../authority/config.ts'
import type { Log } from '../authority/deps.ts'

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
const SECRET = ['token', 'secret', 'credential', 'session', 'authorization', 'cookie']

export function createConsoleLog(atLeast: Config['logLevel']): Log {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') => (event: string, fields?: Readonly<Record<string, unknown>>) => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(atLeast)) return
      console[level](JSON.stringify({ level, time: Date.now(), event, ...fields }, blanked))
    }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

const blanked = (name: string, value: unknown) => (SECRET.includes(name) ? '[redacted]' : value)
