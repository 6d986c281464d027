/**
 * One call of an outside policy engine: POST, JSON, one deadline for all of it, a bounded answer, no redirect, no second
 * attempt. The connection is kept by the platform's fetch. Knows nothing of decisions. SPEC 11.2.
 */
import { ApprovalError, type JsonObject, type JsonValue, parseJson } from '@countersign/verifier'
import { readBytes } from '@countersign/verifier/authority'

export interface EngineEndpoint {
  readonly url: string
  /** Sent as a bearer credential; null for none. */
  readonly credential: string | null
  readonly timeoutMs: number
}

export type EngineFault = 'busy' | 'timeout' | 'unreachable' | 'redirect' | 'status' | 'media_type' | 'size' | 'json'

/** `words` is for people, and holds nothing of what the engine sent. */
export type EngineReply =
  | { readonly ok: true; readonly body: JsonValue }
  | { readonly ok: false; readonly fault: EngineFault; readonly words: string }

export type Fetch = (url: string, init: RequestInit) => Promise<Response>
export type AskEngine = (question: JsonObject) => Promise<EngineReply>

const MAX_ANSWER_BYTES = 65_536
/** Calls of one process that may wait for the engine: a slow engine must not hold up everything else. */
const MAX_AT_ONCE = 128

const fail = (fault: EngineFault, words: string): EngineReply => ({ ok: false, fault, words })

export function createEngineCall(endpoint: EngineEndpoint, fetch: Fetch): AskEngine {
  let underWay = 0
  return async (question) => {
    if (underWay >= MAX_AT_ONCE) return fail('busy', `has ${MAX_AT_ONCE} calls under way`)
    underWay += 1
    try {
      return await post(endpoint, fetch, question)
    } finally {
      underWay -= 1
    }
  }
}

async function post(endpoint: EngineEndpoint, fetch: Fetch, question: JsonObject): Promise<EngineReply> {
  const signal = AbortSignal.timeout(endpoint.timeoutMs)
  try {
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: headersOf(endpoint),
      body: JSON.stringify(question),
      redirect: 'manual',
      signal,
    })
    const refusal = refusalOf(response)
    if (refusal === undefined) return await read(response)
    await response.body?.cancel()
    return refusal
  } catch {
    if (signal.aborted) return fail('timeout', `did not answer within ${endpoint.timeoutMs} ms`)
    return fail('unreachable', 'cannot be reached')
  }
}

const headersOf = ({ credential }: EngineEndpoint) => ({
  accept: 'application/json',
  'content-type': 'application/json',
  ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
})

function refusalOf({ status, type, headers }: Response): EngineReply | undefined {
  if (type === 'opaqueredirect' || (status >= 300 && status < 400))
    return fail('redirect', 'answered with a redirect, which is not followed')
  if (status !== 200) return fail('status', `answered with status ${status}`)
  const mediaType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  return mediaType === 'application/json' ? undefined : fail('media_type', 'answered with something other than JSON')
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

async function read(response: Response): Promise<EngineReply> {
  const bytes = await boundedBytes(response)
  if (bytes === undefined) return fail('size', `answered with more than ${MAX_ANSWER_BYTES} bytes`)
  try {
    return { ok: true, body: parseJson(utf8.decode(bytes)) }
  } catch (error) {
    if (error instanceof ApprovalError || error instanceof TypeError) return fail('json', 'answered with invalid JSON')
    throw error
  }
}

/** Counted as it comes, after decompression. Undefined where it is too much; the rest is not read. */
const boundedBytes = (response: Response) =>
  readBytes(response.body, MAX_ANSWER_BYTES).catch((error: unknown) => {
    if (error instanceof RangeError) return undefined
    throw error
  })
