/**
 * What makes the pages installable: a manifest, and a service worker that rings and keeps nothing.
 *
 * In: the installation's name. Out: two routes. The worker stands at the root, since it serves every page, and under a
 * name that does not change, since browsers look there for a newer one. W3C Web App Manifest, Service Workers.
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
      // It asks for nothing and loads nothing but what the page it opens does.
      const policy = "default-src 'none'"
      return c.body(assets['service-worker.js']?.body ?? '', 200, {
        'Content-Type': 'text/javascript; charset=utf-8',
        'Content-Security-Policy': policy,
        'Cache-Control': 'no-cache',
      })
    })
}
