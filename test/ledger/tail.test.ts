/** The tail of the ledger: nothing twice, nothing missed after a break, nobody served without end. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTails } from '../../src/http/answer/ledger-tail.ts'
import { type Cast, credentialFor, propose, startCast } from '../http/cast.ts'
import { bearer } from '../http/raw.ts'
import { mustSucceed } from '../setup/authority.ts'
import { settle, writeEntries } from './ground.ts'

interface Heard {
  readonly name: string | undefined
  readonly id: number | undefined
  readonly data: { readonly index?: number; readonly entry?: { readonly type: string }; readonly unproved?: number }
}

function parseEvents(text: string): readonly Heard[] {
  const blocks = text.split('\n\n').filter((block) => block.includes('data: '))
  return blocks.map((block) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    const id = field('id')
    return {
      name: field('event'),
      id: id === undefined ? undefined : Number(id),
      data: JSON.parse(field('data') ?? ''),
    }
  })
}

describe('the tail', () => {
  let cast: Cast
  let secret: string
  beforeAll(async () => {
    cast = await startCast()
    secret = await credentialFor(cast.authority, cast.ada, 'auditor', 'revision')
    await grow()
  })
  afterAll(() => cast.authority.stop())

  const grow = () => settle(cast.authority.services.ledger, cast.authority.store)
  const open = (query = '', headers: Record<string, string> = {}) =>
    cast.authority.fetch(`${cast.authority.config.origin}/ledger/tail${query}`, {
      headers: { ...bearer(secret), ...headers },
    })

  /** Reads until `enough`, then hangs up. */
  async function read(response: Response, enough: (heard: readonly Heard[]) => boolean): Promise<readonly Heard[]> {
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!enough(parseEvents(text))) text += (await reader?.read())?.value ?? expect.fail('the stream ended')
    await reader?.cancel()
    return parseEvents(text)
  }
  const found = (heard: readonly Heard[]) => heard.filter(({ name }) => name === 'entry')
  const indexes = (heard: readonly Heard[]) => found(heard).map(({ id }) => id)
  const size = async () => (await cast.authority.store.checkpoint('published'))?.size ?? 0

  it('gives what was committed after it was opened, once it is proved, with its place as the id', async () => {
    const before = await size()
    const listening = open().then((response) => read(response, (heard) => found(heard).length >= 2))
    const { trace } = await propose(cast.agent)
    await grow()
    const heard = await listening
    expect(indexes(heard)).toEqual([before, before + 1])
    expect(found(heard).map(({ data }) => data)).toEqual([
      expect.objectContaining({ index: before, entry: expect.objectContaining({ type: 'request.created', trace }) }),
      expect.objectContaining({
        index: before + 1,
        entry: expect.objectContaining({ type: 'request.decided', trace }),
      }),
    ])
  })

  it('goes on after a break where it was, with nothing missed and nothing twice', async () => {
    const before = await size()
    await writeEntries(cast.authority.store, 250)
    await grow()
    const seen: (number | undefined)[] = []
    let last = before - 1
    // Each time the connection breaks before the reader has come to the end of what it was sent.
    while (seen.length < 250) {
      const response = await open('', { 'last-event-id': String(last) })
      const heard = found(await read(response, (some) => found(some).length > 0)).slice(0, 60)
      seen.push(...indexes(heard))
      last = heard.at(-1)?.id ?? last
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, at) => before + at))
  })

  it('keeps to its filter, and says how far it has come without a match', async () => {
    const { trace } = await propose(cast.agent)
    await writeEntries(cast.authority.store, 3)
    await grow()
    const heard = await read(await open(`?trace=${trace}&after=0`), (some) =>
      some.some(({ name }) => name === 'position'),
    )
    expect(found(heard).map(({ data }) => data.entry?.type)).toEqual(['request.created', 'request.decided'])
    expect(heard.at(-1)).toMatchObject({ name: 'position', id: (await size()) - 1, data: { size: await size() } })
  })

  it('counts what is committed and waits; it is listed apart until it is proved', async () => {
    const auditor = cast.authority.client(secret)
    const unproved = async (query = {}) => mustSucceed(await auditor.call('listUnproved', { query })).entries
    expect(await unproved()).toEqual([])
    const { trace, digest } = await propose(cast.agent)
    const heard = await read(await open(), (some) => some.length > 0)
    expect(heard).toEqual([expect.objectContaining({ name: 'position', data: { size: await size(), unproved: 2 } })])
    expect((await unproved()).map(({ entry }) => entry['type'])).toEqual(['request.decided', 'request.created'])
    expect(await unproved({ trace, type: 'request.created' })).toHaveLength(1)
    expect(await unproved({ action: digest, agent: 'helpdesk-agent', limit: '1' })).toHaveLength(1)
    for (const other of [
      { trace: '0'.repeat(32) },
      { words: 'hello' },
      { resource: 'forum:eng' },
      { to: '1' },
      { text: 'x' },
    ])
      expect(await unproved(other)).toEqual([])
    await grow()
    expect(await unproved()).toEqual([])
  })

  it('is refused from an id that is none', async () => {
    for (const id of ['x', '-1', '1.5', '99999999999999999'])
      expect(await (await open('', { 'last-event-id': id })).json()).toMatchObject({ code: 'invalid_request' })
  })

  it('is open four times to one reader, and again when one is closed', async () => {
    const streams = await Promise.all([open(), open(), open(), open()])
    const refused = await open()
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const other = await credentialFor(cast.authority, cast.ada, 'auditor', 'another')
    const theirs = await open('', bearer(other))
    expect(theirs.status).toBe(200)
    await streams[0]?.body?.cancel()
    const again = await open()
    expect(again.status).toBe(200)
    await Promise.all([...streams.slice(1), theirs, again].map((stream) => stream.body?.cancel()))
  })

  it('ends where the database is away, for the reader to come again', async () => {
    const { search } = cast.authority.store
    Object.assign(cast.authority.store, { search: async () => Promise.reject(new Error('away')) })
    const text = await (await open()).text()
    Object.assign(cast.authority.store, { search })
    expect(parseEvents(text)).toEqual([])
    expect(text).toMatch(/^retry: \d+\n\n$/)
  })
})

describe('a stream', () => {
  const piece = { entries: [], position: 7, unproved: 0 }

  /** Has a piece whenever one is asked for. */
  function started() {
    const tails = createTails()
    const asked: AbortSignal[] = []
    const open = () =>
      tails.open({ id: 'kim', isStillIn: async () => true }, async function* (signal) {
        while (!signal.aborted) {
          asked.push(signal)
          yield piece
        }
      })
    return { asked, open }
  }

  it('asks for no more than is taken, and lets go of who takes nothing', async () => {
    vi.useFakeTimers()
    const { asked, open } = started()
    const stream = open()
    const reader = stream?.getReader()
    await reader?.read()
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(asked[0]?.aborted).toBe(true)
    expect([open(), open(), open(), open()]).not.toContain(null)
    // What lay there is still read, with the place to go on from; then it is over.
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('id: 7\n')
    expect((await reader?.read())?.done).toBe(true)
    vi.useRealTimers()
  })

  it('ends after a minute, however well it is read', async () => {
    vi.useFakeTimers()
    const reader = started().open()?.getReader()
    for (let seconds = 0; seconds < 54; seconds++) {
      expect((await reader?.read())?.done).toBe(false)
      await vi.advanceTimersByTimeAsync(1000)
    }
    await vi.advanceTimersByTimeAsync(6000)
    await reader?.read()
    expect((await reader?.read())?.done).toBe(true)
    vi.useRealTimers()
  })
})
