/**
 * The adapter between a row of the endpoint table and the function that serves it.
 *
 * It reads caller, parameters and body before the handler runs, and turns refusals into problems.
 */
import type { Context, Hono } from 'hono'
import type * as z from 'zod'
import type { Endpoint } from '../../api/endpoint.ts'
import { type EndpointId, endpoints } from '../../api/endpoints.ts'
import type { Services } from '../../authority/compose.ts'
import type { Patience } from '../../authority/own-request.ts'
import { kindOfCredential } from '../../domain/identity/credential.ts'
import { ok, type Refusal, type Result, refuse } from '../../domain/refusal.ts'
import { createAtOnce } from '../answer/at-once.ts'
import { problemResponse } from '../answer/problem-response.ts'
import { type ParsedBody, readFormBody, readJsonBody, readQuery } from './body.ts'
import { patienceOf, requestIdOf, waitMs } from './call-headers.ts'
import { type AddressOf, bearerOf, type CallerOf, callerFor, isStillIn } from './caller.ts'

type Row<Id extends EndpointId> = (typeof endpoints)[Id]
type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : never
type BodyOf<Id extends EndpointId> = Row<Id> extends { readonly body: infer Schema } ? Parsed<Schema> : undefined
type FormOf<Id extends EndpointId> = Row<Id> extends { readonly form: infer Schema } ? Parsed<Schema> : undefined
type QueryOf<Id extends EndpointId> = Row<Id> extends { readonly query: infer Schema } ? Parsed<Schema> : undefined

/** A call that was let in, read as the row of its endpoint says. */
export interface Call<Id extends EndpointId> {
  readonly context: Context
  readonly caller: CallerOf<Row<Id>>
  /** The address it comes from. */
  readonly from: () => string
  readonly body: BodyOf<Id>
  readonly form: FormOf<Id>
  readonly query: QueryOf<Id>
  readonly bodyHash: () => Promise<string>
  /** Throws for a name that the path does not have. */
  readonly param: (name: string) => string
  /** Whether this call would be let in now. */
  readonly isStillIn: () => Promise<boolean>
  /** The wait that the caller asked for. At its end the authority asks whether the call would be let in. */
  readonly patience: () => Patience
}

interface HeldCall<Id extends EndpointId> extends Call<Id> {
  /** Whether a call that was held would have been let in when its wait was over. */
  readonly mayHaveAnswer: () => Promise<boolean>
}

/** A handler that makes the response itself: headers, other media types, OAuth errors. */
type RawHandler<Id extends EndpointId> = (call: Call<Id>) => Promise<Response>

/** The response to a call that is refused before its handler runs. */
type Refuse = (refusal: Refusal) => Response

export interface Router {
  /** `view` writes the result as the wire has it; default: as it is. */
  readonly serve: <Id extends EndpointId, Value>(
    id: Id,
    handler: (call: Call<Id>) => Promise<Result<Value>>,
    view?: (value: Value) => unknown,
  ) => void
  /** `refuse`: for endpoints that do not answer with problem+json. */
  readonly serveRaw: <Id extends EndpointId>(id: Id, handler: RawHandler<Id>, refuse?: Refuse) => void
}

export interface RouterOptions {
  readonly addressOf: AddressOf
  /** Called after each call that may have stopped something. */
  readonly afterStop: (context: Context) => void
}

export function createRouter(app: Hono, services: Services, { addressOf, afterStop }: RouterOptions): Router {
  const problem: Refuse = (refusal) => problemResponse(services.config.origin, refusal)

  const atOnce = createAtOnce(MAX_AT_ONCE)

  function register<Id extends EndpointId>(id: Id, answer: RawHandler<Id>, refuse = problem): void {
    const endpoint: Endpoint = endpoints[id]
    app.on(endpoint.method, endpoint.path, async (context) => {
      const left = enter(context, atOnce)
      if (!left) return refuse(TOO_MANY_AT_ONCE)
      try {
        const call = await readCall<Id>(context, endpoint, services, addressOf)
        const response = call.ok ? await answerTo(context, endpoint, call.value, answer) : refuse(call.refusal)
        if (call.ok && !(await call.value.mayHaveAnswer())) return refuse(LET_OUT)
        if (endpoint.stops) afterStop(context)
        if (endpoint.headers?.includes('X-Request-ID')) returnRequestId(context, response)
        return response
      } finally {
        left()
      }
    })
  }

  return {
    serveRaw: register,
    serve(id, handler, view = (value) => value) {
      const { status } = endpoints[id]
      register(id, async (call) => {
        const result = await handler(call)
        if (!result.ok) return problem(result.refusal)
        return status === 204 ? call.context.body(null, 204) : call.context.json(view(result.value), status)
      })
    },
  }
}

/** Of one credential of an agent or an executor, held calls included. */
const MAX_AT_ONCE = 256

const TOO_MANY_AT_ONCE: Refusal = {
  code: 'rate_limited',
  message: 'Too many calls of this credential are under way. Wait for their answers.',
  retryAfterSeconds: 1,
}

/** Operators and people are not counted: nothing may keep them from stopping something. */
function enter(context: Context, atOnce: ReturnType<typeof createAtOnce>): (() => void) | null {
  const secret = bearerOf(context)
  const kind = secret === undefined ? null : kindOfCredential(secret)
  return secret !== undefined && (kind === 'agent' || kind === 'executor') ? atOnce.enter(secret) : () => {}
}

/** Of a call that was held: its caller was let in when it began. */
const LET_OUT: Refusal = { code: 'unauthenticated', message: 'Your access ended while this call waited.' }

/** HEAD on a stream opens none: its headers are all there is to say. */
async function answerTo<Id extends EndpointId>(
  context: Context,
  { produces }: Endpoint,
  call: Call<Id>,
  answer: RawHandler<Id>,
): Promise<Response> {
  const isStream = produces?.includes(EVENT_STREAM) === true
  if (context.req.method === 'HEAD' && isStream) return context.body(null, 200, { 'content-type': EVENT_STREAM })
  const response = await answer(call)
  if (context.req.method === 'HEAD') await response.body?.cancel()
  return response
}

const EVENT_STREAM = 'text/event-stream'

/** AuthZEN 1.0, section 10.1.4. */
function returnRequestId(context: Context, response: Response): void {
  const id = requestIdOf(context)
  if (id.ok && id.value !== undefined) response.headers.set('x-request-id', id.value)
}

/** The one place where the checks that a row asks for become the types that its handler sees. */
async function readCall<Id extends EndpointId>(
  context: Context,
  endpoint: Endpoint,
  services: Services,
  addressOf: AddressOf,
): Promise<Result<HeldCall<Id>>> {
  const caller = await callerFor(context, endpoint, services, addressOf)
  if (!caller.ok) return caller
  // No id holds control characters, and the database takes no U+0000.
  if (Object.values(context.req.param()).some((value) => /\p{Cc}/u.test(value))) {
    return refuse('not_found', 'There is nothing here under that id. Check the spelling.')
  }
  const requestId = requestIdOf(context)
  if (!requestId.ok && endpoint.headers?.includes('X-Request-ID')) return requestId
  const query = readQuery(new URL(context.req.url).searchParams, endpoint.query)
  if (!query.ok) return query
  const body = await readBody(context, endpoint)
  if (!body.ok) return body
  return ok({
    context,
    caller: caller.value as CallerOf<Row<Id>>,
    from: () => addressOf(context),
    body: body.value.value as BodyOf<Id>,
    form: body.value.value as FormOf<Id>,
    query: query.value as QueryOf<Id>,
    bodyHash: body.value.hash,
    param: (name) => paramOf(context, endpoint, name),
    ...letInAgain(context, () => isStillIn(context, endpoint, services)),
  })
}

/** Asks anew once the wait is over, beside what is left of the call: whoever was let out meanwhile gets no answer. */
function letInAgain(context: Context, isStillIn: () => Promise<boolean>) {
  const isHeld = waitMs(context) > 0
  let asked: Promise<boolean> | undefined
  const over = () => {
    asked = isStillIn()
    asked.catch(() => {})
  }
  return {
    isStillIn,
    patience: () => (isHeld ? { ...patienceOf(context), over } : patienceOf(context)),
    mayHaveAnswer: async () => !isHeld || (asked ?? isStillIn()),
  }
}

function paramOf(context: Context, { path }: Endpoint, name: string): string {
  const value = context.req.param(name)
  if (value === undefined) throw new TypeError(`${path} has no :${name}`)
  return value
}

const noHash = async () => ''

async function readBody({ req }: Context, { body, form, ...endpoint }: Endpoint): Promise<Result<ParsedBody>> {
  if (body) return readJsonBody(req.raw, { ...endpoint, body })
  if (!form) return ok({ value: undefined, hash: noHash })
  const read = await readFormBody(req.raw, { ...endpoint, form })
  return read.ok ? ok({ value: read.value, hash: noHash }) : read
}
