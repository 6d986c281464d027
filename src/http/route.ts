/**
 * One adapter between an endpoint of the table and the function that serves it.
 *
 * In: an endpoint, a handler. Out: a registered route that reads caller, parameters and body before the handler runs,
 * and turns refusals into problems. Decides nothing else.
 */
import type { Context, Hono } from 'hono'
import type { z } from 'zod'
import type { Endpoint } from '../api/endpoint.ts'
import { type EndpointId, endpoints } from '../api/endpoints.ts'
import type { Services } from '../authority/compose.ts'
import { ok, type Refusal, type Result, refuse } from '../domain/refusal.ts'
import { readFormBody, readJsonBody, readQuery } from './body.ts'
import { type AddressOf, type Called, callerFor } from './caller.ts'
import { problemResponse } from './problem-response.ts'

type BodyOf<Id extends EndpointId> = (typeof endpoints)[Id] extends { readonly body: infer B extends z.ZodType }
  ? z.output<B>
  : undefined

type FormOf<Id extends EndpointId> = (typeof endpoints)[Id] extends { readonly form: infer F extends z.ZodType }
  ? z.output<F>
  : undefined

type QueryOf<Id extends EndpointId> = (typeof endpoints)[Id] extends { readonly query: infer Q extends z.ZodType }
  ? z.output<Q>
  : undefined

export interface Call<Id extends EndpointId> extends Called {
  readonly context: Context
  readonly body: BodyOf<Id>
  readonly form: FormOf<Id>
  readonly query: QueryOf<Id>
  readonly bodyHash: () => Promise<string>
  /** Throws for a name that the path does not have. */
  readonly param: (name: string) => string
}

export type Handler<Id extends EndpointId> = (call: Call<Id>) => Promise<Result<unknown>>

/** A handler that answers for itself: headers, other media types, OAuth errors. */
export type RawHandler<Id extends EndpointId> = (call: Call<Id>) => Promise<Response>

/** How a call that never reached its handler is refused. */
type Refuse = (refusal: Refusal) => Response

export interface Router {
  readonly serve: <Id extends EndpointId>(id: Id, handler: Handler<Id>) => void
  /** `refuse`: where problem+json is not the endpoint's way. */
  readonly serveRaw: <Id extends EndpointId>(id: Id, handler: RawHandler<Id>, refuse?: Refuse) => void
}

export function createRouter(app: Hono, services: Services, addressOf: AddressOf): Router {
  const problem: Refuse = (refusal) => problemResponse(services.config.origin, refusal)

  function register<Id extends EndpointId>(id: Id, answer: RawHandler<Id>, refuse = problem): void {
    const endpoint: Endpoint = endpoints[id]
    app.on(endpoint.method, endpoint.path, async (context) => {
      const call = await readCall<Id>(context, endpoint, services, addressOf)
      return call.ok ? answer(call.value) : refuse(call.refusal)
    })
  }

  return {
    serveRaw: register,
    serve(id, handler) {
      const { status } = endpoints[id]
      register(id, async (call) => {
        const result = await handler(call)
        if (!result.ok) return problem(result.refusal)
        return status === 204 ? call.context.body(null, 204) : call.context.json(result.value, status)
      })
    },
  }
}

async function readCall<Id extends EndpointId>(
  context: Context,
  endpoint: Endpoint,
  services: Services,
  addressOf: AddressOf,
): Promise<Result<Call<Id>>> {
  const called = await callerFor(context, endpoint.auth, services, addressOf)
  if (!called.ok) return called
  // Nothing is named by control characters, and the database takes no U+0000.
  if (Object.values(context.req.param()).some((value) => /\p{Cc}/u.test(value))) {
    return refuse('not_found', 'There is nothing here under that id. Check the spelling.')
  }
  const query = readQuery(new URL(context.req.url).searchParams, endpoint.query)
  if (!query.ok) return query
  const body = await readBody(context, endpoint)
  if (!body.ok) return body
  const param = (name: string) => {
    const value = context.req.param(name)
    if (value === undefined) throw new TypeError(`${endpoint.path} has no :${name}`)
    return value
  }
  return ok({
    ...called.value,
    context,
    param,
    body: body.value.value as BodyOf<Id>,
    form: body.value.value as FormOf<Id>,
    query: query.value as QueryOf<Id>,
    bodyHash: body.value.hash,
  })
}

const noHash = async () => ''

async function readBody(
  context: Context,
  endpoint: Endpoint,
): Promise<Result<{ readonly value: unknown; readonly hash: () => Promise<string> }>> {
  if (endpoint.body) return readJsonBody(context.req.raw, endpoint.body)
  if (!endpoint.form) return ok({ value: undefined, hash: noHash })
  const form = await readFormBody(context.req.raw, endpoint.form)
  return form.ok ? ok({ value: form.value, hash: noHash }) : form
}
