/**
 * The web app manifest and the service worker, which make the pages installable.
 *
 * In: the installation's name. Out: two routes. The worker shows notifications and caches nothing. Its path is at the
 * root because it serves every page, and is fixed because browsers look there for a newer one.
 */
import { Hono } from 'hono'
import { assets } from './assets.gen.ts'
import { assetPath } from './assets.ts'

export function installRoutes(name: string): Hono {
  const icon = (size: number) => ({
    src: assetPath(`icon-${size}.png`),
    sizes: `${size}x${size}`,
    type: 'image/png',
    purpose: 'any',
  })
  const manifest = {
    id: '/',
    name,
    start_url: '/',
    scope: '/',
    display: 'standalone',
    background_color: '#ffffff',
    theme_color: '#ffffff',
    icons: [icon(192), icon(512), { src: assetPath('mark.svg'), sizes: 'any', type: 'image/svg+xml' }],
  }
  return new Hono()
    .get('/manifest.webmanifest', (c) =>
      c.body(JSON.stringify(manifest), 200, { 'Content-Type': 'application/manifest+json; charset=utf-8' }),
    )
    .get('/service-worker.js', (c) => {
      // The worker itself loads nothing.
      const policy = "default-src 'none'"
      return c.body(assets['service-worker.js']?.body ?? '', 200, {
        'Content-Type': 'text/javascript; charset=utf-8',
        'Content-Security-Policy': policy,
        'Cache-Control': 'no-cache',
      })
    })
}
