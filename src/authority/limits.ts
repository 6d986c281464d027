/**
 * How often an agent, an executor that reports refusals, an approver or a stranger may call, per process and minute.
 *
 * In: who and what. Out: null, or the seconds to wait. How many requests may wait for humans at once is counted
 * exactly, in the database; these rates only keep noise out.
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
    async take(what, key) {
      try {
        await limiters[what].consume(key)
        return null
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
        throw refused
      }
    },
  }
}
