/**
 * Routes of the log, as C2SP tlog-tiles has it: checkpoint, tiles of hashes, bundles of entries.
 *
 * Shared caches may keep them only where everyone may read.
 */
import { ProofError, parseTilePath, TILE_WIDTH, type TileAddress } from '@countersign/verifier/proof'
import type { Context, Hono } from 'hono'
import { endpoints } from '../../api/endpoints.ts'
import type { Services } from '../../authority/compose.ts'
import { type Result, refuse } from '../../domain/refusal.ts'
import { problemResponse } from '../answer/problem-response.ts'
import { callerFor } from '../call/caller.ts'
import type { Router } from '../call/router.ts'

const YEAR_SECONDS = 31_536_000
const PARTIAL_SECONDS = 60

export function serveLog(app: Hono, router: Router, services: Services): void {
  const { auditing, config } = services
  const scope = config.logPublic ? 'public' : 'private'
  const headers = (type: string, age: string) => ({
    'content-type': type,
    'cache-control': `${scope}, ${age}`,
    ...(config.logPublic ? { 'access-control-allow-origin': '*' } : {}),
  })

  router.serveRaw('checkpoint', async ({ context }) => {
    const note = await auditing.checkpoint()
    if (!note.ok) return problemResponse(config.origin, note.refusal)
    return context.body(note.value, 200, headers('text/plain; charset=utf-8', 'no-cache'))
  })

  async function serveTile(context: Context, path: string): Promise<Response> {
    const address = addressOf(path)
    const bytes = address.ok ? await auditing.tile(address.value) : address
    if (!address.ok || !bytes.ok) return problemResponse(config.origin, bytes.ok ? nothing().refusal : bytes.refusal)
    const isFull = address.value.width === TILE_WIDTH
    const age = isFull ? `max-age=${YEAR_SECONDS}, immutable` : `max-age=${PARTIAL_SECONDS}`
    return context.body(Uint8Array.from(bytes.value), 200, headers('application/octet-stream', age))
  }

  router.serveRaw('tile', ({ context, param }) => serveTile(context, `tile/${param('level')}/${param('index')}`))
  // An index of more than three digits, and the width of a partial tile, take path segments of their own.
  app.get('/log/tile/:level/:first/:rest{.+}', async (context) => {
    const caller = await callerFor(context, endpoints.tile, services, () => 'unknown')
    if (!caller.ok) return problemResponse(config.origin, caller.refusal)
    return serveTile(context, context.req.path.slice('/log/'.length))
  })
}

const nothing = () => refuse('not_found', 'This is not the address of a tile. See C2SP tlog-tiles.')

function addressOf(path: string): Result<TileAddress> {
  try {
    return { ok: true, value: parseTilePath(path) }
  } catch (error) {
    if (error instanceof ProofError) return nothing()
    throw error
  }
}
