/**
 * Guards a Fastify route (4 or 5).
 *
 * Knows Fastify by its shape alone. Fastify reads bodies before a handler runs: `keepBodies` has it keep them as bytes, so
 * that they are parsed here, strictly. Errors of `run` are Fastify's to handle. SPEC 6 and 7.
 */
import { toProblem } from '../errors/problem.ts'
import { ApprovalError, type GuardDefinition, type JsonValue, type Verifier } from '../index.ts'
import {
  asArguments,
  type DoorOptions,
  incomingOf,
  MAX_BODY_BYTES,
  type NodeIncoming,
  parseBody,
  readCredentials,
} from './door.ts'

/** The used part of a Fastify instance, or of a plugin's scope. */
export type FastifyScope = {
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    contentType: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (request: unknown, body: unknown) => Promise<unknown>,
  ): unknown
}

/** The used part of Fastify's `FastifyRequest`. */
export type FastifyRequestPart = {
  readonly method: string
  readonly raw: { readonly url?: string | undefined; readonly rawHeaders: readonly string[] }
  readonly params: unknown
  readonly body?: unknown
}

/** The used part of Fastify's `FastifyReply`. */
export type FastifyReplyPart = {
  code(status: number): { headers(values: Record<string, string>): { send(body?: unknown): unknown } }
  send(body: unknown): unknown
}

/** A guard, and its place in a Fastify route. */
export type FastifyDefinition<Request, Args, Value> = GuardDefinition<Args, Value> &
  DoorOptions & {
    /** The arguments, from the request and its strictly parsed body. Default: the body, which must be an object. */
    readonly args?: (request: Request, body: JsonValue | undefined) => Args | Promise<Args>
    /** The answer. Default: the result as JSON; 204 when there is none. */
    readonly respond?: (value: Value, reply: FastifyReplyPart) => unknown
  }

/** Has the routes of this scope get their bodies as bytes. Call it in a plugin of their own, before the routes. */
export function keepBodies(scope: FastifyScope): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, async (_request, body) => body)
}

/** Makes a Fastify handler that runs one action when, and only when, the request carries an approval token for it. */
export function approved<Args extends object, Value, Request extends FastifyRequestPart = FastifyRequestPart>(
  verifier: Verifier,
  name: string,
  definition: FastifyDefinition<Request, Args, Value>,
): (request: Request, reply: FastifyReplyPart) => Promise<unknown> {
  const guarded = verifier.guard(name, definition)
  const { args = (_request, body) => asArguments<Args>(body), respond = answer } = definition
  return async (request, reply) => {
    try {
      const options = readCredentials(incomingOf(sent(request)), definition)
      const body = parseBody(bytesOf(request.body))
      return respond(await guarded(await args(request, body), options), reply)
    } catch (error) {
      if (error instanceof ApprovalError) return refuse(error, reply)
      throw error
    }
  }
}

const sent = ({ method, raw }: FastifyRequestPart): NodeIncoming => ({
  method,
  url: raw.url ?? '',
  rawHeaders: raw.rawHeaders,
})

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array()
  if (body instanceof Uint8Array) return body
  throw new TypeError('approved() reads the body itself: call keepBodies() in the scope of its route')
}

const answer = (value: unknown, reply: FastifyReplyPart): unknown =>
  value === undefined ? reply.code(204).headers({}).send() : reply.send(value)

function refuse(error: ApprovalError, reply: FastifyReplyPart): unknown {
  const { status, headers, body } = toProblem(error)
  return reply.code(status).headers(headers).send(JSON.stringify(body))
}
