/**
 * Reads a request body: right type, bounded, strict JSON, closed schema.
 *
 * Never coerces and fills in nothing but declared defaults. SPEC 4, 12.
 */
import { ApprovalError, base64urlEncode, parseJson, sha256 } from '@countersign/verifier'
import type * as z from 'zod'
import type { Endpoint } from '../../api/endpoint.ts'
import { explainIssue, ok, type Result, refuse } from '../../domain/refusal.ts'
import { othersTurn } from '../../domain/turns.ts'

const KIB = 1024
const LARGE_KIB = 256
const SMALL_KIB = 32

/** Of a form: more than any endpoint knows. */
const MAX_MEMBERS = 16

/**
 * Lists, objects and members of a body. Each takes the parser and the collection of garbage as long as a hundred characters
 * of text; those of a call and its preview at their limits are fewer.
 */
const MAX_PARTS = 50_000

const bad = (message: string, status: number) => refuse('invalid_request', message, { status })
const tooLarge = (kib: number) => bad(`The body is over ${kib} KiB. Send less.`, 413)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a body that is no longer than its endpoint takes, however long it says it is. */
async function boundedText(request: Request, { large }: BodyEndpoint): Promise<Result<string>> {
  const kib = large ? LARGE_KIB : SMALL_KIB
  const stated = request.headers.get('content-length')
  if (Number(stated ?? 0) > kib * KIB) return tooLarge(kib)
  try {
    // The server holds a body to its stated length; only one that states none has to be counted as it comes.
    if (stated !== null) return decode(new Uint8Array(await request.arrayBuffer()), kib)
    return request.body ? await countedText(request.body, kib) : ok('')
  } catch {
    // The caller hung up in the middle: no bug, and no reader for the answer.
    return bad('The body broke off.', 400)
  }
}

async function countedText(body: ReadableStream<Uint8Array>, kib: number): Promise<Result<string>> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const reader = body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length
    if (size > kib * KIB) {
      await reader.cancel()
      return tooLarge(kib)
    }
    chunks.push(Uint8Array.from(part.value))
  }
  return decode(new Uint8Array(await new Blob(chunks).arrayBuffer()), kib)
}

function decode(bytes: Uint8Array, kib: number): Result<string> {
  if (bytes.length > kib * KIB) return tooLarge(kib)
  try {
    return ok(utf8.decode(bytes))
  } catch {
    return bad('The body is not UTF-8.', 400)
  }
}

/** Media type without parameters, lower case. */
const mediaType = (request: Request): string =>
  (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

export interface ParsedBody {
  readonly value: unknown
  /** base64url SHA-256 of the text, for idempotency. */
  readonly hash: () => Promise<string>
}

/** The members of an endpoint that its bodies are read by. */
type BodyEndpoint = Pick<Endpoint, 'large' | 'malformed'>

export async function readJsonBody(
  request: Request,
  endpoint: BodyEndpoint & { readonly body: z.ZodType },
): Promise<Result<ParsedBody>> {
  if (mediaType(request) !== 'application/json') return bad('Send the body as application/json.', 415)
  const text = await boundedText(request, endpoint)
  if (!text.ok) return text
  const parsed = await parseStrictly(text.value)
  if (!parsed.ok) return parsed
  const value = validate(endpoint.body, parsed.value, 'body', endpoint.malformed)
  return value.ok ? ok({ value: value.value, hash: async () => base64urlEncode(await sha256(text.value)) }) : value
}

/** Strict JSON of any shape, at most 256 KiB, in one of these media types. */
export async function readAnyJson(request: Request, mediaTypes: readonly string[]): Promise<Result<unknown>> {
  if (!mediaTypes.includes(mediaType(request))) return bad(`Send the body as ${mediaTypes.join(' or ')}.`, 415)
  const text = await boundedText(request, { large: true })
  return text.ok ? parseStrictly(text.value) : text
}

/** Reads a form. A member may be there once only. */
export async function readFormBody(
  request: Request,
  endpoint: BodyEndpoint & { readonly form: z.ZodType },
): Promise<Result<unknown>> {
  if (mediaType(request) !== 'application/x-www-form-urlencoded')
    return bad('Send the body as application/x-www-form-urlencoded.', 415)
  const text = await boundedText(request, endpoint)
  if (!text.ok) return text
  // Counted before they are taken apart, which is slow for many.
  if (text.value.split('&', MAX_MEMBERS + 1).length > MAX_MEMBERS) return bad('The form has too many members.', 422)
  const form = membersOf(new URLSearchParams(text.value))
  return form.ok ? validate(endpoint.form, form.value, 'body') : form
}

/** Reads the query. A member may be there once only; endpoints without a query ignore it. */
export function readQuery(given: URLSearchParams, schema: z.ZodType | undefined): Result<unknown> {
  if (!schema) return ok(undefined)
  const members = membersOf(given)
  return members.ok ? validate(schema, members.value, 'query') : members
}

function membersOf(given: URLSearchParams): Result<Readonly<Record<string, string>>> {
  const members = [...given]
  const isOnce = new Set(members.map(([name]) => name)).size === members.length
  return isOnce ? ok(Object.fromEntries(members)) : bad('A parameter is there twice. Send each once.', 400)
}

/** Of a long text, the value is returned in another turn of the event loop: its reader takes as long as the parser. */
async function parseStrictly(text: string): Promise<Result<unknown>> {
  // Each is two characters at least, but for members, which are longer.
  if (text.length > 2 * MAX_PARTS && partsIn(text) > MAX_PARTS)
    return bad('The body has over 50,000 lists, objects and members. Send fewer.', 413)
  try {
    const value = parseJson(text)
    if (text.length > SMALL_KIB * KIB) await othersTurn()
    return ok(value)
  } catch (error) {
    if (error instanceof ApprovalError) return bad(`The body is not strict JSON: ${error.message}`, 400)
    throw error
  }
}

const [QUOTE, BACKSLASH, COLON, LIST, OBJECT] = [0x22, 0x5c, 0x3a, 0x5b, 0x7b]

/** How many lists, objects and members a JSON text has. */
function partsIn(text: string): number {
  let count = 0
  let isInString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) isInString = !isInString
    else if (isInString && code === BACKSLASH) at++
    else if (!isInString && (code === LIST || code === OBJECT || code === COLON)) count++
  }
  return count
}

function validate(
  schema: z.ZodType,
  value: unknown,
  where: 'body' | 'query',
  status = STATUSES[where],
): Result<unknown> {
  const parsed = schema.safeParse(value)
  return parsed.success ? ok(parsed.data) : bad(explainIssue(parsed.error.issues[0], where), status)
}

const STATUSES = { body: 422, query: 400 } as const
