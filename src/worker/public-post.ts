/**
 * POST to an endpoint named by others, from Workers. IP addresses are checked here; the platform resolves names, and
 * reaches no private network unless one is bound to it. Follows no redirect, reads as much of a body as told.
 */
import { readBytes } from '@countersign/verifier/authority'
import { type Post, TargetRefused } from '../authority/notify/transports.ts'
import { refusedTarget } from '../domain/notify/target.ts'

const TIMEOUT_MS = 10_000

export function createPost(privateToo: boolean): Post {
  return async (url, headers, body, read) => {
    const refused = refusedTarget(url, privateToo)
    if (refused !== null) throw new TargetRefused(refused)
    const init = {
      method: 'POST',
      headers,
      redirect: 'manual' as const,
      signal: AbortSignal.timeout(read?.timeoutMs ?? TIMEOUT_MS),
    }
    const response = await fetch(url, { ...init, body: typeof body === 'string' ? body : new Uint8Array(body) })
    const text = read && (await textOf(response, read.maxBytes))
    if (!read) await response.body?.cancel()
    const retryAfter = response.headers.get('retry-after') ?? ''
    const retryAfterSeconds = /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined
    return { status: response.status, retryAfterSeconds, ...(text === undefined ? {} : { text }) }
  }
}

/** Rejects for a body that is larger, or does not come in time. */
const textOf = async ({ body }: Response, maxBytes: number): Promise<string> =>
  new TextDecoder().decode(await readBytes(body, maxBytes))
