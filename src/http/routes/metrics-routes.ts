/** The route of figures for a monitoring system. */
import type { Services } from '../../authority/compose.ts'
import type { HttpMetrics } from '../answer/count-answers.ts'
import { problemResponse } from '../answer/problem-response.ts'
import type { Router } from '../call/router.ts'

const NO_METRICS = {
  code: 'forbidden',
  message: 'There are no metrics on Workers, whose isolates come and go: use the platform’s own, or run Node.js.',
} as const

export function serveMetrics(router: Router, { config }: Services, metrics?: HttpMetrics): void {
  router.serveRaw('metrics', async ({ context }) => {
    if (metrics === undefined) return problemResponse(config.origin, NO_METRICS)
    const { type, text } = await metrics.exposition()
    return context.body(text, 200, { 'content-type': type })
  })
}
