/**
 * Rate limits of calls, per process and minute. They only keep noise out; the number of requests that wait for humans
 * is counted exactly, in the database.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Config } from './config.ts'
import type { Limits } from './deps.ts'

const MINUTE = 60

export function createLimits(config: Config): Limits {
  const limiters = {
    agent: new RateLimiterMemory({ points: config.agentRequestsPerMinute, duration: MINUTE }),
    executor: new RateLimiterMemory({ points: config.agentRequestsPerMinute, duration: MINUTE }),
    approver: new RateLimiterMemory({ points: config.approverCallsPerMinute, duration: MINUTE }),
    anonymous: new RateLimiterMemory({ points: config.anonymousCallsPerMinute, duration: MINUTE }),
  }
  return {
    async take(kind, key) {
      try {
        await limiters[kind].consume(key)
        return null
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
        throw refused
      }
    },
  }
}
