/**
 * The scripts, style sheet and images of the pages under names that change with their content; the web app manifest and
 * the service worker, which make the pages installable.
 *
 * Throws `TypeError` for a name that was never built: a page must not be served without its script.
 */
import { type Context, Hono } from 'hono'
import { type Asset, assets } from './assets.gen.ts'
import { acceptsGzip } from './gzip.ts'

export const assetPath = (name: string): string => assetNamed(name).path

function assetNamed(name: string): Asset {
  const asset = assets[name]
  if (!asset) throw new TypeError(`There is no asset ${name}; run node src/build.mjs assets`)
  return asset
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

const byPath = new Map(Object.values(assets).map((asset) => [asset.path, asset]))

export interface AssetOptions {
  /** Texts go out as they were built, compressed. Not on Workers, which compress what they send themselves. */
  readonly sendsGzip: boolean
}

export const assetRoutes = (options: AssetOptions): Hono =>
  new Hono().get('/assets/:file', (c) => {
    const asset = byPath.get(c.req.path)
    if (!asset) return c.text('Not found. Reload the page that asked for this.', 404)
    return send(c, asset, options, { 'Cache-Control': 'public, max-age=31536000, immutable' })
  })

function send(c: Context, { type, isText, base64 }: Asset, { sendsGzip }: AssetOptions, more: Record<string, string>) {
  const [bytes, headers] = [bytesOf(base64), { 'Content-Type': type, ...more }]
  if (!isText) return c.body(bytes, 200, headers)
  if (!sendsGzip) return c.body(plain(bytes), 200, headers)
  const varying = { ...headers, Vary: 'Accept-Encoding' }
  return acceptsGzip(c)
    ? c.body(bytes, 200, { ...varying, 'Content-Encoding': 'gzip' })
    : c.body(plain(bytes), 200, varying)
}

const plain = (bytes: Uint8Array<ArrayBuffer>): ReadableStream =>
  new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))

/** The worker is at the root because it serves every page, at a fixed path because browsers look there for a newer one. */
export function installRoutes(name: string, options: AssetOptions): Hono {
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
      const headers = { 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' }
      return send(c, assetNamed('service-worker.js'), options, headers)
    })
}
