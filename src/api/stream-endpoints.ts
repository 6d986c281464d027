/**
 * The executors' stream of events, as a row of the table in endpoints.ts. What it carries is in authority/stop/stream.ts.
 */
import { define } from './endpoint.ts'

export const liveEndpoints = define({
  executorEvents: {
    method: 'GET',
    path: '/executor/events',
    summary:
      'Server-sent events for one executor: `killswitch`, `stop`, `status` (a signed status list) and each second `heartbeat`. Last-Event-ID resumes',
    callers: ['executor'],
    tag: 'executors',
    status: 200,
    refusals: ['rate_limited'],
  },
})
