/**
 * The executors' event stream on Workers: one object that holds all streams, and reads while anybody listens.
 *
 * In: calls that the Worker has let in, with who listens; word that something was stopped. Out: the stream of
 * authority/stop/stream.ts. A Worker's own calls end with their callers and share nothing, so that none of them could tell
 * another's executor; word that is lost costs half a second. SPEC 9, 13.
 */
import { DurableObject } from 'cloudflare:workers'
import { streamFrom } from '../http/routes/stream-routes.ts'
import { type Bindings, databaseUrlOf } from './bindings.ts'
import { WORD } from './feed-stub.ts'
import { CallConnections } from './request-database.ts'
import { authorityOf } from './start.ts'

export class Feed extends DurableObject<Bindings> {
  readonly #connections = new CallConnections(databaseUrlOf(this.env))

  override fetch(request: Request): Promise<Response> {
    return this.#connections.within(() => this.#answer(request))
  }

  async #answer({ url, headers }: Request): Promise<Response> {
    const { services, announce } = await authorityOf(this.env)
    if (url === WORD) {
      announce('control')
      return new Response(null, { status: 204 })
    }
    const answer = streamFrom(services.stream, JSON.parse(headers.get('listener') ?? ''))
    // The object outlives its calls, and what they opened would stay open with it.
    this.ctx.waitUntil(services.stream.idle().then(() => this.#connections.close()))
    return answer ?? new Response(null, { status: 429 })
  }
}
