/**
 * Routes that are open to everyone: keys, metadata, status lists, health. Readable across origins, cached for seconds.
 */
import type { Context } from 'hono'
import { keptDocument } from '../../api/kept-document.ts'
import type { Services } from '../../authority/compose.ts'
import { problemResponse } from '../answer/problem-response.ts'
import type { Router } from '../call/router.ts'

const open = (maxAgeSeconds: number) => ({
  'cache-control': `public, max-age=${maxAgeSeconds}`,
  'access-control-allow-origin': '*',
})

export function serveDiscovery(router: Router, { discovery, config }: Services): void {
  const description = keptDocument(async () => {
    const { openApiText } = await import('../../api/openapi.gen.ts')
    return openApiText.replace('"servers":[]', () => `"servers":${JSON.stringify([{ url: config.origin }])}`)
  })
  const json = (context: Context, value: object, maxAgeSeconds: number) => context.json(value, 200, open(maxAgeSeconds))

  router.serveRaw('jwks', async ({ context }) => json(context, await discovery.jwks(), 60))
  router.serveRaw('approverKeys', async ({ context }) => json(context, await discovery.approverKeys(), 5))
  router.serveRaw('metadata', async ({ context }) => json(context, discovery.metadata(), 60))
  router.serveRaw('authzenConfiguration', async ({ context }) => json(context, discovery.authzenConfiguration(), 60))
  router.serveRaw('openapi', ({ context }) =>
    description(context.req.raw, {
      ...open(60),
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    }),
  )
  router.serveRaw('statusList', async ({ context, param }) => {
    const list = /^\d{1,12}$/.test(param('list')) ? await discovery.statusList(Number(param('list'))) : undefined
    if (list === undefined)
      return problemResponse(config.origin, { code: 'not_found', message: 'There is no such status list.' })
    return context.body(list, 200, { ...open(1), 'content-type': 'application/statuslist+jwt' })
  })
  router.serveRaw('health', async ({ context }) => context.json({ status: 'ok' }))
  router.serveRaw('ready', async ({ context }) => {
    const ready = await discovery.ready()
    return context.json(
      { status: ready ? 'ok' : 'unavailable' },
      ready ? 200 : 503,
      ready ? {} : { 'retry-after': '2' },
    )
  })
}
