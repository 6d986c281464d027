/**
 * Guards an Express route (4 or 5), or a plain Node handler.
 *
 * Knows Express by its shape alone. Reads the body itself, strictly: mount it before `express.json()`. Errors of `run`
 * go to `next`. SPEC 6 and 7.
 */
import { toProblem } from '../errors/problem.ts'
import { ApprovalError, type GuardDefinition, type JsonValue, type Verifier } from '../index.ts'
import {
  alreadyRead,
  asArguments,
  type DoorOptions,
  incomingOf,
  MAX_BODY_BYTES,
  parseBody,
  readCredentials,
  tooLarge,
} from './door.ts'

/** The used part of Express's `Request`. */
export type ExpressRequest = AsyncIterable<Uint8Array> & {
  readonly method: string
  readonly originalUrl: string
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[]
  readonly params: Readonly<Record<string, string | string[]>>
  readonly body?: unknown
}

/** The used part of Express's `Response`. */
export type ExpressResponse = {
  status(code: number): unknown
  setHeader(name: string, value: string): unknown
  json(body: unknown): unknown
  end(text?: string): unknown
}

/** A guard, and its place in an Express route. */
export type ExpressDefinition<Args, Value> = GuardDefinition<Args, Value> &
  DoorOptions & {
    /** The arguments, from the request and its strictly parsed body. Default: the body, which must be an object. */
    readonly args?: (request: ExpressRequest, body: JsonValue | undefined) => Args | Promise<Args>
    /** The answer. Default: the result as JSON; 204 when there is none. */
    readonly respond?: (value: Value, response: ExpressResponse) => void
  }

/** Makes an Express handler that runs one action when, and only when, the request carries an approval token for it. */
export function approved<Args extends object, Value>(
  verifier: Verifier,
  name: string,
  definition: ExpressDefinition<Args, Value>,
): (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void) => Promise<void> {
  const guarded = verifier.guard(name, definition)
  const readArgs = definition.args ?? ((_request, body) => asArguments<Args>(body))
  const respond = definition.respond ?? answer
  return async (request, response, next) => {
    try {
      const options = readCredentials(incoming(request), definition)
      const body = parseBody(await readBody(request))
      respond(await guarded(await readArgs(request, body), options), response)
    } catch (error) {
      if (error instanceof ApprovalError) refuse(error, response)
      else next(error)
    }
  }
}

const incoming = ({ method, originalUrl: url, rawHeaders }: ExpressRequest) => incomingOf({ method, url, rawHeaders })

/** A body that is too large is read to its end as well: a client that still sends would not see the answer. */
async function readBody(request: ExpressRequest): Promise<Uint8Array> {
  if (request.body !== undefined) throw alreadyRead()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length <= MAX_BODY_BYTES) chunks.push(chunk)
    else chunks.length = 0
  }
  if (length > MAX_BODY_BYTES) throw tooLarge()
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer())
}

function answer(value: unknown, response: ExpressResponse): void {
  if (value !== undefined) response.json(value)
  else {
    response.status(204)
    response.end()
  }
}

function refuse(error: ApprovalError, response: ExpressResponse): void {
  const { status, headers, body } = toProblem(error)
  response.status(status)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.end(JSON.stringify(body))
}
