/**
 * The scripts, style sheet and images of the pages, under names that change with their content.
 *
 * In: an asset's name (`look.css`). Out: its path, and the route that serves it, cacheable forever.
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
