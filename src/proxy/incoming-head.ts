/**
 * The head of a request, held to one reading: everything that could change what the upstream does is bound or refused.
 *
 * RFC 9110 section 7.6, RFC 9112 sections 6 and 9.
 */
import type { IncomingMessage } from 'node:http'
import { ApprovalError } from '@countersign/verifier'
import { readTarget, type Target } from './request-target.ts'

export interface RequestHead extends Target {
  readonly method: string
  /** By name in lower case, each sent once. */
  readonly headers: ReadonlyMap<string, string>
}

/** Headers that ask for another call than the request line does, or frame it in another way. */
const REFUSED: Readonly<Record<string, string>> = {
  upgrade: 'Upgrades cannot be approved.',
  trailer: 'Trailers cannot be approved.',
  'content-encoding': 'Send the body without a content encoding.',
  ...Object.fromEntries(
    ['x-http-method', 'x-http-method-override', 'x-method-override', 'x-rewrite-url'].map((name) => [
      name,
      `Send the call itself, and no ${name}.`,
    ]),
  ),
}

/** A server that asks whether another request may pass sends these, and never the body of that request. */
const OF_ANOTHER_REQUEST = [
  'x-original-uri',
  'x-original-url',
  'x-original-method',
  'x-forwarded-uri',
  'x-forwarded-method',
]

/** Throws `invalid_request` for a request that is not HTTP/1.1 in one reading, and `forbidden` for one about another. */
export function readHead(request: IncomingMessage): RequestHead {
  if (request.httpVersion !== '1.1') throw refuse('Use HTTP/1.1.')
  const headers = readHeaders(request.rawHeaders)
  for (const [name, message] of Object.entries(REFUSED)) if (headers.has(name)) throw refuse(message)
  if (OF_ANOTHER_REQUEST.some((name) => headers.has(name))) throw new ApprovalError('forbidden', { message: NO_BODY })
  checkFraming(headers)
  return { method: request.method ?? '', ...readTarget(request.url ?? ''), headers }
}

const NO_BODY = 'This asks about another request, whose body it does not hold: auth_request cannot bind a body.'

function readHeaders(raw: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]?.toLowerCase() ?? ''
    if (headers.has(name)) throw refuse(`Send the header ${name} once.`)
    headers.set(name, raw[at + 1] ?? '')
  }
  return headers
}

function checkFraming(headers: ReadonlyMap<string, string>): void {
  const coding = headers.get('transfer-encoding')
  const isOneFraming = coding === undefined || (coding === 'chunked' && !headers.has('content-length'))
  if (!isOneFraming) throw refuse('Frame the body by Content-Length, or as chunked.')
  if (!/^(?:close|keep-alive|)$/i.test(headers.get('connection') ?? '')) throw refuse('Name no headers in Connection.')
  if (!/^(?:100-continue)?$/i.test(headers.get('expect') ?? '')) throw refuse('Expect nothing but 100-continue.')
}

const refuse = (message: string) => new ApprovalError('invalid_request', { message })
