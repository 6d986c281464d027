/**
 * The source of a log: its checkpoint, its tiles, token texts and keys.
 *
 * Verifies nothing. Two kinds exist: over HTTP (here), and a folder with the same paths. C2SP tlog-tiles; SPEC 8.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import {
  formatBundle,
  HASH_BYTES,
  parseBundle,
  TILE_WIDTH,
  type TileAddress,
  tilePath,
} from '@countersign/verifier/proof'
import { isObject } from './read-entry.ts'

/** Some token texts, each a line of JSON, and the cursor of the next page. */
export interface ArtifactPage {
  readonly lines: readonly string[]
  readonly next: string | null
}

/** The log cannot be read, which is no finding about its content. */
export class UnreachableError extends Error {
  override readonly name: string = 'UnreachableError'
}

/** The same log will not be read by another try: it is refused to this credential, or there is none. */
export class NotServedError extends UnreachableError {
  override readonly name = 'NotServedError'
  readonly code: 'forbidden' | 'not_found'

  constructor(code: NotServedError['code'], message: string) {
    super(message)
    this.code = code
  }
}

export interface LogSource {
  readonly name: string
  readonly checkpoint: () => Promise<string>
  /** Null where there is none. */
  readonly tile: (address: TileAddress) => Promise<Uint8Array | null>
  /** Those after a cursor that was given out before, or from the beginning. */
  readonly artifacts: (after: string | null) => Promise<ArtifactPage>
  /** The keys that ever signed tokens, as the authority lists them; empty where it does not. */
  readonly keys: () => Promise<readonly JsonObject[]>
  /** The exported configuration, in lines; null where the log came without it. Older than the checkpoint. */
  readonly configuration: () => Promise<readonly string[] | null>
  /** The authority's own, unproven statement about its log; null without any. */
  readonly metadata: () => Promise<{ readonly origin: string; readonly vkey: string } | null>
}

/**
 * The first `width` hashes or entries of a tile. A partial one may be gone once the full one is there, whose beginning
 * it is. C2SP tlog-tiles.
 */
export async function tileOrFull(
  address: TileAddress,
  read: (path: string) => Promise<Uint8Array | null>,
): Promise<Uint8Array | null> {
  const partial = await read(tilePath(address))
  if (partial !== null || address.width === TILE_WIDTH) return partial
  const full = await read(tilePath({ ...address, width: TILE_WIDTH }))
  if (full === null) return null
  if (address.level !== 'entries') return full.subarray(0, address.width * HASH_BYTES)
  return formatBundle([...parseBundle(full)].slice(0, address.width))
}

interface HttpSourceOptions {
  readonly url: string
  readonly fetch: typeof fetch
  /** An auditor's credential, where the log is not public. */
  readonly credential?: string | undefined
  /** The reason and the next step, where the log asks for a credential or refuses this one. */
  readonly ifRefused?: string
  readonly timeoutMs?: number
}

const PAGE = 500

export function httpSource(options: HttpSourceOptions): LogSource {
  const get = createGet(options)
  const json = async (path: string): Promise<JsonValue> => {
    const response = await get(path)
    return response && ((await response.json()) as JsonValue)
  }
  return {
    name: options.url,
    async checkpoint() {
      const response = await get('/log/checkpoint')
      if (response === null) throw new NotServedError('not_found', `${options.url} serves no log.`)
      return response.text()
    },
    tile: (address) =>
      tileOrFull(address, async (path) => {
        const response = await get(`/log/${path}`)
        return response && new Uint8Array(await response.arrayBuffer())
      }),
    async artifacts(after) {
      const cursor = after === null ? '' : `&after=${encodeURIComponent(after)}`
      const response = await get(`/ledger/artifacts?limit=${PAGE}${cursor}`)
      return response === null ? { lines: [], next: null } : readPage(await response.text())
    },
    async keys() {
      const set = await json('/ledger/keys')
      return isObject(set) && Array.isArray(set['keys']) ? set['keys'].filter(isObject) : []
    },
    async configuration() {
      const response = await get('/ledger/configuration')
      return response && linesOf(await response.text())
    },
    async metadata() {
      const said = await json('/.well-known/oauth-authorization-server')
      if (!isObject(said)) return null
      const { log_origin: origin, log_vkey: vkey } = said
      return typeof origin === 'string' && typeof vkey === 'string' ? { origin, vkey } : null
    },
  }
}

export const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '')

/** Null for 404; every other failure is `UnreachableError`. */
function createGet({ url, fetch, credential, ifRefused = '', timeoutMs = 30_000 }: HttpSourceOptions) {
  const headers = { ...(credential !== undefined && { authorization: `Bearer ${credential}` }) }
  return async function get(path: string): Promise<Response | null> {
    const signal = AbortSignal.timeout(timeoutMs)
    // A redirect could send the credential to another server.
    const response = await fetch(`${url}${path}`, { headers, redirect: 'error', signal }).catch((cause: unknown) => {
      throw new UnreachableError(`${url} cannot be reached.`, { cause })
    })
    if (response.ok) return response
    if (response.status === 404) return null
    const words = `${url}${path} answered ${response.status}.`
    if ([401, 403].includes(response.status)) throw new NotServedError('forbidden', `${words} ${ifRefused}`.trim())
    throw new UnreachableError(words)
  }
}

/** A page is a JSON object with `artifacts` and `next`. The claims keep the order they were signed in. */
function readPage(text: string): ArtifactPage {
  const page: JsonValue = JSON.parse(text)
  if (!isObject(page) || !Array.isArray(page['artifacts'])) throw new UnreachableError('The token texts are no page.')
  const { next = null } = page
  return {
    lines: page['artifacts'].map((artifact) => JSON.stringify(artifact)),
    next: next === null ? null : String(next),
  }
}
