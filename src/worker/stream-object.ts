/**
 * The executors' event stream on Workers: one Durable Object that holds all streams, and polls while any is open. Calls
 * of a Worker share no memory, so they cannot notify each other's streams. A lost notice delays a stop by half a
 * second. SPEC 9.
 */
import { DurableObject } from 'cloudflare:workers'
import { streamFrom } from '../http/routes/stream-routes.ts'
import { type Bindings, databaseUrlOf } from './bindings.ts'
import { CallConnections } from './request-database.ts'
import { authorityOf } from './start.ts'
import { STOPPED } from './stream-stub.ts'

export class Feed extends DurableObject<Bindings> {
  readonly #connections = new CallConnections(databaseUrlOf(this.env))

  override fetch(request: Request): Promise<Response> {
    return this.#connections.within(() => this.#answer(request))
  }

  async #answer({ url, headers }: Request): Promise<Response> {
    const { services, announce } = await authorityOf(this.env)
    if (url === STOPPED) {
      announce('control')
      return new Response(null, { status: 204 })
    }
    const answer = streamFrom(services.stream, JSON.parse(headers.get('listener') ?? ''))
    // The object outlives its calls, so their connections must be closed.
    this.ctx.waitUntil(services.stream.idle().then(() => this.#connections.close()))
    return answer ?? new Response(null, { status: 429 })
  }
}
