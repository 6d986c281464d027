/**
 * The HTTP headers of a call in protocol 2026-07-28: each call is self-contained, states protocol and client in
 * `_meta`, and repeats in headers what its body says (SEP-2243, SEP-2575). The status states the outcome.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isJsonObject } from '@countersign/verifier/authority'
import { CODES, type Message, objectIn, textIn } from '../message/json-rpc.ts'
import { FIRST_STATELESS } from '../message/protocol.ts'

const PROTOCOL = 'io.modelcontextprotocol/protocolVersion'
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'
const HEADER_MISMATCH = -32020

type Call = Exclude<Message, { kind: 'answer' }>

/** By what the body says of itself, or else the header. */
export const isStateless = (message: Message, headers: IncomingHttpHeaders): message is Call =>
  message.kind !== 'answer' && (versionOf(message) ?? headerIn(headers, 'mcp-protocol-version')) >= FIRST_STATELESS

const versionOf = ({ params }: Call): string | undefined => textIn(objectIn(params, '_meta'), PROTOCOL)

const headerIn = (headers: IncomingHttpHeaders, name: string): string => String(headers[name] ?? '')

export interface HeaderFault {
  readonly code: number
  readonly message: string
}

export function faultOf(call: Call, headers: IncomingHttpHeaders): HeaderFault | undefined {
  const { method, params, kind } = call
  const version = versionOf(call)
  const { [CAPABILITIES]: capabilities } = objectIn(params, '_meta')
  if (kind === 'request' && (version === undefined || !isJsonObject(capabilities)))
    return { code: CODES.invalidParams, message: `_meta has to have ${PROTOCOL} and ${CAPABILITIES}.` }
  const named = textIn(params, NAMED.get(method) ?? '')
  const isSame =
    headerIn(headers, 'mcp-protocol-version') === version &&
    headerIn(headers, 'mcp-method') === method &&
    (named === undefined || decoded(headerIn(headers, 'mcp-name')) === named)
  if (isSame) return undefined
  return {
    code: HEADER_MISMATCH,
    message: 'MCP-Protocol-Version, Mcp-Method and Mcp-Name have to be those of the body.',
  }
}

/** The parameter that the header Mcp-Name repeats. */
const NAMED = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

/** A value that is no plain header comes in Base64. */
function decoded(value: string): string {
  const [, bytes] = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value) ?? []
  return bytes === undefined ? value : Buffer.from(bytes, 'base64').toString('utf8')
}

const STATUSES = new Map([
  [CODES.unknownMethod, 404],
  [CODES.refused, 403],
  [HEADER_MISMATCH, 400],
  // A capability that the client did not declare, and a version that the server does not know.
  [-32021, 400],
  [-32022, 400],
])

export const statusOf = (message: Message): number =>
  message.kind === 'answer' && 'error' in message.outcome ? (STATUSES.get(message.outcome.error.code) ?? 200) : 200
