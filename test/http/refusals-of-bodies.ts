/** What a body may not be, at every endpoint that takes one: each is refused before anything is looked up. */
import { describe, expect, it } from 'vitest'
import type { Endpoint } from '../../src/api/endpoint.ts'
import { endpoints } from '../../src/api/endpoints.ts'
import { callRaw, ENDPOINT_IDS, isOAuth, mediaTypeOf, type RawCall, rightfulHeaders, takesBody } from './raw.ts'
import type { Refusals } from './refusals.ts'

const limitOf = (id: (typeof withBody)[number]) => {
  const { large }: Endpoint = endpoints[id]
  return large ? 256 : 32
}
/** The status of a body that does not fit its schema. */
const misfit = (id: (typeof withBody)[number]) => {
  const { malformed }: Endpoint = endpoints[id]
  return malformed ?? 422
}
/** The form of a hook’s input is its client’s. */
const takesAny = (id: string) => id === 'answerHook'
const withBody = ENDPOINT_IDS.filter(takesBody)
const withJson = withBody.filter((id) => mediaTypeOf(id) === 'application/json')

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

/** `bytes` of white space, piece by piece, without saying how many there will be. */
function chunked(bytes: number): { stream: ReadableStream<Uint8Array>; sent: () => number } {
  let sent = 0
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent >= bytes) return controller.close()
      controller.enqueue(new Uint8Array(16_384).fill(0x20))
      sent += 16_384
    },
  })
  return { stream, sent: () => sent }
}

export function refusalsOfBodies(given: () => Refusals): void {
  const send = async (id: (typeof withBody)[number], { headers, ...call }: RawCall) => {
    const { cast, cookies } = given()
    const rightful = rightfulHeaders(cast, id, cookies.admin)
    return callRaw(cast, id, { headers: { ...rightful, 'content-type': mediaTypeOf(id), ...headers }, ...call })
  }
  const refusal = async (response: Response) => {
    const body = await response.json()
    return { status: response.status, code: body.code, detail: String(body.detail ?? body.error_description) }
  }
  /** The OAuth endpoints know one status for a bad request (RFC 6749 section 5.2). */
  const refused = (id: (typeof withBody)[number], status: number, detail: RegExp) => ({
    status: isOAuth(id) ? 400 : status,
    code: 'invalid_request',
    detail: expect.stringMatching(detail),
  })

  describe.each(withBody)('%s refuses a body', (id) => {
    it.each(['text/plain', 'application/json-patch+json', 'multipart/form-data; boundary=x', ''])(
      'of type “%s”',
      async (type) => {
        const response = await send(id, { headers: { 'content-type': type }, body: '{}' })
        expect(await refusal(response)).toEqual(refused(id, 415, /application\//))
      },
    )

    const kib = limitOf(id)
    const tooLarge = refused(id, 413, new RegExp(`over ${kib} KiB`))

    it('over its limit, said beforehand', async () => {
      const response = await send(id, { headers: { 'content-length': String(kib * 1024 + 1) }, body: '{}' })
      expect(await refusal(response)).toEqual(tooLarge)
    })

    it('over its limit, not said, without reading it to its end', async () => {
      const { stream, sent } = chunked(64 * kib * 1024)
      expect(await refusal(await send(id, { body: stream }))).toEqual(tooLarge)
      expect(sent()).toBeLessThanOrEqual((kib + 48) * 1024)
    })

    it('that is not UTF-8', async () => {
      expect(await refusal(await send(id, { body: new Uint8Array([0x22, 0xff, 0x22]) }))).toEqual(
        refused(id, 400, /UTF-8/),
      )
    })

    it.skipIf(takesAny(id))('with a member nobody knows', async () => {
      const body = mediaTypeOf(id) === 'application/json' ? '{"surprise":1}' : 'surprise=1'
      expect(await refusal(await send(id, { body }))).toEqual(
        refused(id, misfit(id), /surprise|missing|expected one of/),
      )
    })
  })

  describe.each(withJson)('%s refuses JSON', (id) => {
    it.each([
      ['that is none', '{"a":', /not JSON/],
      ['that is empty', '', /not JSON/],
      ['with a member twice', '{"token":"a","token":"b"}', /twice/],
      ['with a member twice, once escaped', '{"token":"a","\\u0074oken":"b"}', /twice/],
      ['with half a surrogate pair', '{"token":"\\ud800"}', /surrogate/],
      ['with an integer beyond 2^53', '{"token":9007199254740993}', /number/],
      ['with 1e400', '{"token":1e400}', /number/],
      ['nested 33 levels deep', nested(33), /deep|nest|level/i],
      ['nested beyond any stack', nested(5000), /deep|nest|level/i],
    ])('%s', async (_, body, detail) => {
      expect(await refusal(await send(id, { body }))).toEqual(refused(id, 400, detail))
    })

    it.skipIf(limitOf(id) < 256)(
      'of more lists, objects and members than a parser takes in time, but not brackets in a text',
      async () => {
        const of = (unit: string) => unit.repeat(25_001)
        for (const parts of [of('[{}],'), of('{"":0},')]) {
          const refusedParts = await refusal(await send(id, { body: `{"surprise":[${parts}0]}` }))
          expect(refusedParts).toEqual(refused(id, 413, /50,000 lists, objects and members/))
        }
        const text = await send(id, { body: `{"surprise":"${of('[\\"{')}"}` })
        expect(text.status).not.toBe(413)
      },
    )

    it.skipIf(takesAny(id))('with a name longer than anybody would read', async () => {
      const response = await send(id, { body: `{"${'n'.repeat(30_000)}":1}` })
      expect(await refusal(response)).toMatchObject({ status: misfit(id), code: 'invalid_request' })
    })

    const others = ['[]', 'null', '"text"', '7', ...(takesAny(id) ? [] : ['{"__proto__":{}}'])]
    it.each(others)('of another kind: %s', async (body) => {
      expect(await refusal(await send(id, { body }))).toMatchObject({ status: misfit(id), code: 'invalid_request' })
    })
  })

  it('a form of more members than any endpoint knows', async () => {
    const body = Array.from({ length: 40_000 }, (_, at) => `${at.toString(36)}=`)
      .join('&')
      .slice(0, 30_000)
    expect(await refusal(await send('introspect', { body }))).toEqual(refused('introspect', 422, /too many members/))
  })

  it('a form whose parameter stands twice', async () => {
    const body = 'transaction_challenge=a&transaction_challenge=b'
    expect(await refusal(await send('transaction', { body }))).toEqual(refused('transaction', 400, /twice/))
  })

  it.each(['', 'transaction_challenge=a&transaction_authorization_id=b'])(
    'the form “%s”: one of the two',
    async (body) => {
      expect(await refusal(await send('transaction', { body }))).toEqual(refused('transaction', 400, /one of the two/))
    },
  )
}
