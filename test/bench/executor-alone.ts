/**
 * The work of one executor alone: from the events of a kill switch in its hands to the refusal of its next call.
 *
 * The yardstick reads the same bytes off a stream in the same way, parses them, and does nothing with them.
 */
import { createEventParser } from '../../src/verifier/live/event-stream.ts'
import { type Executors, type Place, startExecutors } from './executors.ts'
import { type Figure, figure, median, steadyMs } from './harness.ts'
import { engagedEvents, heartbeat, openedEvent, releasedEvents } from './stream-events.ts'
import type { MintedToken } from './tokens.ts'

/** `fetch` of the place gets keys and lists. */
export async function executorAlone({ fetch, ...place }: Place, tokens: readonly MintedToken[]): Promise<Figure> {
  const stream = openStream()
  const events: typeof fetch = async (input, init) =>
    String(input).endsWith('/executor/events') ? new Response(stream.body) : fetch(input, init)
  const executors = startExecutors(1, () => ({ ...place, fetch: events }))
  const reading = startReading()
  const [own, bare]: [number[], number[]] = [[], []]
  try {
    stream.write(heartbeat())
    await executors.ready()
    for (const [at, token] of tokens.entries()) {
      bare.push(await reading.read(engagedEvents(switchOf(token), at + 1)))
      own.push(await refuse(stream, executors, token, at + 1))
    }
  } finally {
    stream.end()
    await executors.close()
  }
  return figure({ name: 'executor-refusal', unit: 'ms', value: median(own), yardstick: median(bare) })
}

/** It selects one call, so that the stop of one round does not concern the next. */
const switchOf = ({ claims }: MintedToken) => ({ id: claims.jti, selector: { request: claims.approval.request } })

async function refuse(stream: Stream, executors: Executors, token: MintedToken, stop: number): Promise<number> {
  const calls = await executors.begin([token])
  const startedAt = steadyMs()
  stream.write(engagedEvents(switchOf(token), stop))
  const { refusedAt } = await calls.cutOff
  await calls.confirm()
  stream.write(releasedEvents(switchOf(token).id))
  await calls.released()
  return refusedAt - startedAt
}

type Stream = ReturnType<typeof openStream>

function openStream() {
  const utf8 = new TextEncoder()
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given
      given.enqueue(utf8.encode(openedEvent()))
    },
  })
  return { body, write: (text: string) => controller?.enqueue(utf8.encode(text)), end: () => controller?.close() }
}

function startReading() {
  const stream = openStream()
  const parse = createEventParser()
  const utf8 = new TextDecoder()
  let heard = () => {}
  const follow = async () => {
    for await (const piece of stream.body) {
      for (const { data } of parse(utf8.decode(piece, { stream: true }))) JSON.parse(data)
      heard()
    }
  }
  void follow()
  return {
    async read(text: string): Promise<number> {
      const all = new Promise<number>((resolve) => {
        heard = () => resolve(steadyMs())
      })
      const startedAt = steadyMs()
      stream.write(text)
      return (await all) - startedAt
    },
  }
}
