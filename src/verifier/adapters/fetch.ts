/**
 * Guards a fetch handler: `Request` in, `Response` out. For Workers, Deno, Bun, and whatever else speaks Fetch.
 *
 * Errors of `run` itself are thrown on: they are the executor's own. SPEC 6 and 7.
 */
import { readBytes } from '../data/bytes.ts'
import { problemResponse } from '../errors/problem.ts'
import { ApprovalError, type GuardDefinition, type Guarded, type JsonValue, type Verifier } from '../index.ts'
import {
  alreadyRead,
  asArguments,
  type DoorOptions,
  type Incoming,
  MAX_BODY_BYTES,
  parseBody,
  readCredentials,
  tooLarge,
} from './door.ts'

export { type Problem, problemResponse, toProblem } from '../errors/problem.ts'

/** A guard, and its place in an HTTP handler. */
export type FetchDefinition<Args, Value> = GuardDefinition<Args, Value> &
  DoorOptions & {
    /** The arguments, from the request and its strictly parsed body. Default: the body, which must be an object. */
    readonly args?: (request: Request, body: JsonValue | undefined) => Args | Promise<Args>
    /** The answer. Default: the result as JSON; 204 when there is none. */
    readonly respond?: (value: Value, request: Request) => Response | Promise<Response>
  }

/** Makes a handler that runs one action when, and only when, the request carries an approval token for it. */
export function approved<Args extends object, Value>(
  verifier: Verifier,
  name: string,
  definition: FetchDefinition<Args, Value>,
): (request: Request) => Promise<Response> {
  const guarded = verifier.guard(name, definition)
  const { args } = definition
  return (request) => serve(guarded, definition, request, args && ((body) => args(request, body)))
}

/** Answers one request with a guarded function. Shared by the adapters that speak Fetch. */
export async function serve<Args extends object, Value>(
  guarded: Guarded<Args, Value>,
  { respond = answer, ...door }: Pick<FetchDefinition<Args, Value>, 'respond'> & DoorOptions,
  request: Request,
  readArgs: (body: JsonValue | undefined) => Args | Promise<Args> = asArguments,
): Promise<Response> {
  try {
    const options = readCredentials(incoming(request), door)
    const body = parseBody(await readBody(request))
    return await respond(await guarded(await readArgs(body), options), request)
  } catch (error) {
    if (error instanceof ApprovalError) return problemResponse(error)
    throw error
  }
}

function incoming(request: Request): Incoming {
  const header = (name: string) => {
    const value = request.headers.get(name)
    return value === null ? [] : [value]
  }
  return { method: request.method, url: request.url, header }
}

async function readBody(request: Request): Promise<Uint8Array> {
  if (request.bodyUsed) throw alreadyRead()
  try {
    return await readBytes(request.body, MAX_BODY_BYTES)
  } catch (error) {
    throw error instanceof RangeError ? tooLarge() : error
  }
}

function answer(value: unknown): Response {
  return value === undefined ? new Response(null, { status: 204 }) : Response.json(value)
}
