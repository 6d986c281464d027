/**
 * `fetch` over kept connections of node:http, for the small calls that a gateway makes for every call of a tool: it takes
 * half the processor time of the global one. Answers are read whole, up to 8 MiB; redirects are not followed.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { MAX_MESSAGE_LENGTH } from '../message/json-rpc.ts'

/** Less than servers keep a connection, so that none is used that ends just then. */
const IDLE_MS = 4000
const kept = { keepAlive: true, timeout: IDLE_MS }
const [agent, secureAgent] = [new HttpAgent(kept), new HttpsAgent(kept)]

/** Rejects with the signal's reason, or with `TypeError` where there is no answer. Takes bodies of text and forms. */
export function keptFetch(url: string, { method = 'GET', headers, body, signal }: RequestInit): Promise<Response> {
  const content = body instanceof URLSearchParams || typeof body === 'string' ? String(body) : ''
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown) =>
      reject(signal?.aborted ? signal.reason : new TypeError('There is no answer', { cause }))
    const options = {
      method,
      headers: { ...Object.fromEntries(new Headers(headers)), 'content-length': Buffer.byteLength(content) },
      ...(signal ? { signal } : {}),
    }
    const answered = (message: IncomingMessage) => void read(message).then(resolve, failed)
    const request = url.startsWith('https:')
      ? httpsRequest(url, { ...options, agent: secureAgent }, answered)
      : httpRequest(url, { ...options, agent }, answered)
    request.once('error', failed).end(content)
  })
}

async function read(message: IncomingMessage): Promise<Response> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of message) {
    length += part.length
    if (length > MAX_MESSAGE_LENGTH) throw new RangeError('The answer is larger than 8 MiB')
    parts.push(part)
  }
  const { statusCode: status = 500, headers } = message
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string])
  return new Response(NO_BODY.has(status) ? null : Buffer.concat(parts), { status, headers: pairs })
}

const NO_BODY = new Set([204, 205, 304])
