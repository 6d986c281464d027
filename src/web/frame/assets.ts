/**
 * The scripts, style sheet and images of the pages under names that change with their content; the web app manifest and
 * the service worker, which make the pages installable.
 *
 * Throws `TypeError` for a name that was never built: a page must not be served without its script.
 */
import { Hono } from 'hono'
import { assets } from './assets.gen.ts'

export function assetPath(name: string): string {
  const asset = assets[name]
  if (!asset) throw new TypeError(`There is no asset ${name}; run node src/build.mjs assets`)
  return asset.path
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

const byPath = new Map(Object.values(assets).map((asset) => [asset.path, asset]))

export const assetRoutes = new Hono().get('/assets/:file', (c) => {
  const asset = byPath.get(c.req.path)
  if (!asset) return c.text('Not found. Reload the page that asked for this.', 404)
  return c.body(asset.encoding === 'base64' ? bytesOf(asset.body) : asset.body, 200, {
    'Content-Type': asset.type,
    'Cache-Control': 'public, max-age=31536000, immutable',
  })
})

/** The worker is at the root because it serves every page, at a fixed path because browsers look there for a newer one. */
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
