/**
 * Guards a Hono route.
 *
 * Knows Hono by its shape alone, so that neither code nor types of it are needed. Otherwise as `./fetch`.
 */
import type { JsonValue, Verifier } from '../index.ts'
import { type FetchDefinition, serve } from './fetch.ts'

/** The used part of Hono's `Context`. */
export type HonoContext = {
  readonly req: {
    readonly raw: Request
    param(name: string): string | undefined
    query(name: string): string | undefined
  }
}

/** A guard, and its place in a Hono route. */
export type HonoDefinition<Args, Value> = Omit<FetchDefinition<Args, Value>, 'args'> & {
  /** The arguments, from the context and the strictly parsed body. Default: the body, which must be an object. */
  readonly args?: (context: HonoContext, body: JsonValue | undefined) => Args | Promise<Args>
}

/**
 * Makes a Hono handler: `app.post('/threads/:thread', approved(verifier, 'forum.post', { … }))`. The body is read here:
 * do not read it before.
 */
export function approved<Args extends object, Value>(
  verifier: Verifier,
  name: string,
  definition: HonoDefinition<Args, Value>,
): (context: HonoContext) => Promise<Response> {
  const guarded = verifier.guard(name, definition)
  const { args } = definition
  return (context) => serve(guarded, definition, context.req.raw, args && ((body) => args(context, body)))
}
