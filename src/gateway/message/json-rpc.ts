/**
 * JSON-RPC messages, read strictly and written anew: what the next reader sees is what was decided on.
 *
 * Refuses batches, doubled members, nesting over 64 levels and whatever is no message. Knows no method. JSON-RPC 2.0.
 */
import { type JsonObject, type JsonValue, parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { withNumbers } from './carried-text.ts'
import { holdsMoreValues } from './count-values.ts'
import { type Id, MAX_ID_LENGTH, type Meant, meantBy, NOBODY, namedAtEnds } from './meant-message.ts'

export type { Id }

export interface RpcRequest {
  readonly id: Id
  readonly method: string
  readonly params: JsonObject
}

export interface RpcNotification {
  readonly method: string
  readonly params: JsonObject
}

export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: JsonValue
}

/** A result, or an error in its place. */
export type Outcome = { readonly result: JsonObject } | { readonly error: RpcError }

export type Message =
  | ({ readonly kind: 'request' } & RpcRequest)
  | ({ readonly kind: 'notification' } & RpcNotification)
  | { readonly kind: 'answer'; readonly id: Id | null; readonly outcome: Outcome }

export const CODES = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** The gateway's own, outside the range of the protocol: policy, people or the authority say no. */
  refused: -31_403,
} as const

/** A member that is an object; else an empty one. */
export const objectIn = (value: unknown, name: string): JsonObject => {
  const member = isJsonObject(value) ? value[name] : undefined
  return isJsonObject(member) ? member : {}
}

export const textIn = (value: unknown, name: string): string | undefined => {
  const member = isJsonObject(value) ? value[name] : undefined
  return typeof member === 'string' ? member : undefined
}

/** Most characters of one message, either way. */
export const MAX_MESSAGE_LENGTH = 8 * 1024 * 1024
/** What takes long to read is the number of values, not the length of texts. */
export const MAX_VALUES = 32_768

/** A text that is no message, and for whom it was meant. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  readonly code: number
  readonly text: string
  readonly meant: Meant

  /** Whether it was too much to be kept; it may have been a message. */
  readonly isTooMuch: boolean

  constructor(message: string, code: number, text: string, unkept?: Meant) {
    super(message)
    this.code = code
    this.text = text
    this.meant = unkept ?? meantBy(text)
    this.isTooMuch = unkept !== undefined
  }

  /** What its sender is told: of each request in it, or else of the whole; nothing of an answer. */
  refusals(): readonly Answer[] {
    const { requests, answers } = this.meant
    const ids = requests.length + answers.length > 0 ? requests : [null]
    return ids.map((id) => ({ kind: 'answer', id, outcome: failed(this.code, this.message) }))
  }
}

export type Answer = Extract<Message, { readonly kind: 'answer' }>

class Fault extends Error {
  override readonly name = 'Fault'
}

const MAX_DEPTH = 64
const MAX_METHOD_LENGTH = 128

/** Throws `Unreadable`. */
export function readMessage(text: string): Message {
  if (text.length > MAX_MESSAGE_LENGTH) throw tooLarge()
  if (holdsMoreValues(text, MAX_VALUES)) throw tooManyValues(namedAtEnds(text))
  try {
    return messageOf(parseJson(text, { maxDepth: MAX_DEPTH }))
  } catch (error) {
    const code = error instanceof Fault ? CODES.invalidRequest : CODES.parse
    throw new Unreadable(error instanceof Error ? error.message : 'This is not JSON.', code, text)
  }
}

export const tooLarge = (meant: Meant = NOBODY) =>
  new Unreadable('The message is larger than 8 MiB.', CODES.invalidRequest, '', meant)

const tooManyValues = (meant: Meant) =>
  new Unreadable(`The message holds more than ${MAX_VALUES} values.`, CODES.invalidRequest, '', meant)

export const notUtf8 = (text: string) => new Unreadable('The message is not UTF-8.', CODES.parse, text)

/** Each of them may be small enough. */
export const tooMuchAtOnce = (meant: Meant = NOBODY) => new Unreadable(AT_ONCE, CODES.internal, '', meant)

const AT_ONCE = 'There is no room for the message: too much of this agent comes in at once. Send it again later.'

function messageOf(value: JsonValue): Message {
  if (Array.isArray(value)) throw new Fault('Batches are not taken. Send one message at a time.')
  if (!isJsonObject(value) || value['jsonrpc'] !== '2.0') throw new Fault('This is no JSON-RPC 2.0 message.')
  return value['method'] === undefined ? answerOf(value) : callOf(value)
}

function callOf({ method, params = {}, id }: JsonObject): Message {
  if (typeof method !== 'string' || method.length > MAX_METHOD_LENGTH) throw new Fault('The method is no name.')
  if (!isJsonObject(params)) throw new Fault('params has to be an object.')
  return id === undefined ? { kind: 'notification', method, params } : { kind: 'request', id: idOf(id), method, params }
}

function answerOf({ id, result, error }: JsonObject): Message {
  if ((result === undefined) === (error === undefined)) throw new Fault('An answer has a result or an error.')
  if (result === undefined)
    return { kind: 'answer', id: id === null ? null : idOf(id), outcome: { error: errorOf(error) } }
  if (!isJsonObject(result)) throw new Fault('result has to be an object.')
  return { kind: 'answer', id: idOf(id), outcome: { result } }
}

function errorOf(error: JsonValue | undefined): RpcError {
  if (!isJsonObject(error)) throw new Fault('error has to be an object.')
  const { code, message, data } = error
  if (!Number.isSafeInteger(code) || typeof message !== 'string') throw new Fault('error has no code or message.')
  return { code: Number(code), message, ...(data === undefined ? {} : { data }) }
}

function idOf(id: JsonValue | undefined): Id {
  if (typeof id === 'string' && id.length <= MAX_ID_LENGTH) return id
  if (Number.isSafeInteger(id)) return Number(id)
  throw new Fault('An id is a short text or a whole number.')
}

/** As it is sent. */
export const writeMessage = (message: Message): string => withNumbers(JSON.stringify(wireOf(message)))

function wireOf(message: Message): JsonObject {
  switch (message.kind) {
    case 'request':
      return { jsonrpc: '2.0', id: message.id, method: message.method, params: message.params }
    case 'notification':
      return { jsonrpc: '2.0', method: message.method, params: message.params }
    case 'answer':
      return { jsonrpc: '2.0', id: message.id, ...plainOutcome(message.outcome) }
  }
}

const plainOutcome = (outcome: Outcome): JsonObject =>
  'result' in outcome ? { result: outcome.result } : { error: { ...outcome.error } }

export const failed = (code: number, message: string, data?: JsonValue): { readonly error: RpcError } => ({
  error: { code, message, ...(data === undefined ? {} : { data }) },
})

export const notification = (method: string, params: JsonObject = {}): Message => ({
  kind: 'notification',
  method,
  params,
})
