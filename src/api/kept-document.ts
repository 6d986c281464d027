/**
 * A document that is the same for everybody: built once, when it is first asked for, and answered from memory from then
 * on. `If-None-Match` with its ETag gives 304, HEAD the headers alone. RFC 9110, sections 8.8.3 and 13.1.2.
 */
import { base64urlEncode, sha256 } from '@countersign/verifier'

interface KeptDocument {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly etag: string
}

/** `build` is called once, unless it fails. */
export function keptDocument(
  build: () => string | Promise<string>,
): (request: Request, headers: HeadersInit) => Promise<Response> {
  let kept: Promise<KeptDocument> | undefined
  return async (request, headers) => {
    kept ??= keep(build)
    const { bytes, etag } = await kept.catch((error) => {
      kept = undefined
      throw error
    })
    const all = new Headers(headers)
    all.set('etag', etag)
    if (isKnown(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers: all })
    all.set('content-length', String(bytes.length))
    return new Response(request.method === 'HEAD' ? null : bytes, { headers: all })
  }
}

async function keep(build: () => string | Promise<string>): Promise<KeptDocument> {
  const text = await build()
  return {
    bytes: Uint8Array.from(new TextEncoder().encode(text)),
    etag: `"${base64urlEncode(await sha256(text)).slice(0, 22)}"`,
  }
}

/** A proxy that compresses makes the ETag a weak one. */
const isKnown = (header: string | null, etag: string): boolean =>
  (header ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
