/**
 * A request as the arguments of an action, and the request that an upstream gets, made of these arguments alone.
 *
 * JSON is bound as a value and sent in its canonical form. Every other body is bound byte by byte.
 */
import {
  ApprovalError,
  base64urlDecode,
  base64urlEncode,
  canonicalize,
  type JsonObject,
  parseJson,
} from '@countersign/verifier'
import type { RequestHead } from './incoming-head.ts'

/** The arguments of the action. */
export type CallArguments = {
  readonly method: string
  readonly path: string
  /** Without the question mark. */
  readonly query?: string
  /** Headers that the route names, by name in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly content_type?: string
  /** The value of JSON, the text of anything else in UTF-8. */
  readonly body?: JsonObject[string]
  /** Where the body is no text. */
  readonly body_base64url?: string
}

/** A request, as it is sent. */
export interface SealedRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?: *; *charset="?utf-8"?)?$/i
const VISIBLE = /^[ -~]{1,1024}$/

/** Throws `invalid_request` for JSON that is not strict, and for headers that are not plain text. */
export function argumentsOf(head: RequestHead, body: Uint8Array, bound: readonly string[]): CallArguments {
  const { method, path, query } = head
  const contentType = headerOf(head, 'content-type')
  const named = bound.flatMap((name) => {
    const value = headerOf(head, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    method,
    path,
    ...(query !== undefined && { query }),
    ...(named.length > 0 && { headers: Object.fromEntries(named) }),
    ...(contentType !== undefined && { content_type: contentType }),
    ...(body.length > 0 && bodyOf(body, contentType)),
  }
}

function headerOf({ headers }: RequestHead, name: string): string | undefined {
  const value = headers.get(name)
  if (value === undefined || VISIBLE.test(value)) return value
  throw new ApprovalError('invalid_request', { message: `Send the header ${name} in at most 1024 ASCII characters.` })
}

function bodyOf(bytes: Uint8Array, contentType = ''): Pick<CallArguments, 'body' | 'body_base64url'> {
  const text = textOf(bytes)
  if (JSON_TYPE.test(contentType)) {
    if (text === undefined) throw new ApprovalError('invalid_request', { message: 'The body is not UTF-8.' })
    return { body: parseJson(text) }
  }
  return text === undefined ? { body_base64url: base64urlEncode(bytes) } : { body: text }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The request that these arguments stand for. */
export function sealedRequest(args: CallArguments): SealedRequest {
  const { method, path, query, headers, content_type: contentType } = args
  return {
    method,
    target: query === undefined ? path : `${path}?${query}`,
    headers: { ...headers, ...(contentType !== undefined && { 'content-type': contentType }) },
    body: bytesOf(args),
  }
}

function bytesOf({
  body,
  body_base64url: bytes,
  content_type: contentType = '',
}: CallArguments): Uint8Array | undefined {
  if (bytes !== undefined) return base64urlDecode(bytes)
  if (body === undefined) return undefined
  const isText = typeof body === 'string' && !JSON_TYPE.test(contentType)
  return new TextEncoder().encode(isText ? body : canonicalize(body))
}
