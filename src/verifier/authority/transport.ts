/**
 * Talking to the authority: one bounded request, one bounded answer.
 *
 * Follows no redirect, does not retry, does not cache. SPEC 7.
 */
import { decodeUtf8, readBytes } from '../data/bytes.ts'
import { type JsonValue, parseJson } from '../data/json.ts'
import { ApprovalError } from '../errors/approval-error.ts'
import { refusingAsync } from '../errors/refuse.ts'

export type Transport = {
  readonly fetch: typeof fetch
  /** Maximum duration of one request in milliseconds, its body included. */
  readonly timeoutMs: number
}

export type Answer = { readonly status: number; readonly text: string }

const MAX_ANSWER_BYTES = 1_048_576

/** Sends one request. Throws `authority_unreachable` for network errors, time-outs and answers over 1 MiB. */
export function ask({ fetch, timeoutMs }: Transport, url: string, init: RequestInit): Promise<Answer> {
  return refusingAsync('authority_unreachable', async () => {
    // Not 'error': Workers do not know it. An opaque or 3xx answer fails at the status check of every caller.
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    return { status: response.status, text: decodeUtf8(await readBytes(response.body, MAX_ANSWER_BYTES)) }
  })
}

/** Sends a GET and returns the text of a 200. Everything else is `authority_unreachable`. */
export async function get(transport: Transport, url: string, accept: string): Promise<string> {
  const { status, text } = await ask(transport, url, { headers: { accept } })
  if (status !== 200) throw new ApprovalError('authority_unreachable', { cause: status })
  return text
}

/** Gets a JSON document and parses it. A document that does not parse is as good as none. */
export async function getJson<T>(
  transport: Transport,
  url: string,
  parse: (value: JsonValue) => T | Promise<T>,
): Promise<T> {
  const text = await get(transport, url, 'application/json')
  return await refusingAsync('authority_unreachable', async () => await parse(parseJson(text)))
}
