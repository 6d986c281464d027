/** The end of an approved call is known however the upstream answers, and whatever the client does with the answer. */
import { type AddressInfo, connect } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createTimeBudget } from '../../src/proxy/time-budget.ts'
import { waitFor } from '../setup/wait-for.ts'
import { createWorld } from '../verifier/world.ts'
import { startGround, tokenFor } from './ground.ts'

const world = await createWorld()
/** More than the buffers of two connections take. */
const LARGE = Buffer.alloc(16_000_000, 'a')

let ground: Awaited<ReturnType<typeof startGround>>
afterEach(() => ground.close())
const start = async (...more: Parameters<typeof startGround> extends [unknown, ...infer Rest] ? Rest : never) => {
  ground = await startGround(world.verifier(), ...more)
}

async function callInBytes(): Promise<string> {
  const args = { method: 'POST', path: '/posts', content_type: 'text/plain', body: 'hi' }
  const token = await tokenFor(world, 'forum.post', args)
  return `POST /posts HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${token}\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nhi`
}

const outcomeAfter = (before: number) => waitFor(() => world.reports[before]?.body ?? expect.fail('No report yet'))

describe('an answer that is no answer', () => {
  it.each([
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'],
    ['a switch to no protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 099 Odd\r\ncontent-length: 2\r\n\r\nok'],
    ['a part', 'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nok'],
    ['another protocol', 'hello\r\n'],
  ])('leaves the end unknown, at once: %s', async (_, bytes) => {
    await start(({ socket }) => {
      socket.write(bytes)
      if (!bytes.includes(' 101 ')) socket.end()
    })
    const before = world.reports.length
    const answer = await ground.raw(await callInBytes())
    expect(await outcomeAfter(before)).toMatchObject({ outcome: 'indeterminate', detail: 'UpstreamLost' })
    expect(answer.startsWith('HTTP/1.1 502 ') || answer.endsWith('ok')).toBe(true)
  })

  it('that comes before the answer changes nothing', async () => {
    await start((_, response) => response.writeEarlyHints({ link: '</a>; rel=preload' }, () => response.end('done')))
    const before = world.reports.length
    expect(await ground.raw(await callInBytes())).toMatch(/^HTTP\/1\.1 200 [\s\S]*done/)
    expect(await outcomeAfter(before)).toMatchObject({ outcome: 'succeeded' })
  })
})

describe('a client', () => {
  it('that is gone before a large answer changes nothing', async () => {
    let proceed = () => {}
    await start((_, response) => {
      proceed = () => response.end(LARGE)
    })
    const before = world.reports.length
    const client = connect((ground.proxy.address() as AddressInfo).port, '127.0.0.1')
    client.write(await callInBytes())
    await waitFor(() => expect(ground.seen).toHaveLength(1))
    client.destroy()
    const connections = promisify(ground.proxy.getConnections.bind(ground.proxy))
    await waitFor(async () => expect(await connections()).toBe(0))
    proceed()
    expect(await outcomeAfter(before)).toMatchObject({ outcome: 'succeeded' })
  })

  it('that does not read a large answer is let go, and changes nothing', async () => {
    await start((_, response) => response.end(LARGE), 3000)
    const before = world.reports.length
    const client = connect((ground.proxy.address() as AddressInfo).port, '127.0.0.1').pause()
    client.on('error', () => {})
    client.write(await callInBytes())
    expect(await outcomeAfter(before)).toMatchObject({ outcome: 'succeeded' })
    client.destroy()
  })
})

it('the time of the upstream and the time of the client are counted apart', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let spent = 0
  const time = createTimeBudget(1000, () => spent++, 600)
  for (const ms of [500, 499]) {
    time.start()
    vi.advanceTimersByTime(ms)
    time.stop()
    vi.advanceTimersByTime(5000)
  }
  expect(spent).toBe(0)
  time.start()
  vi.advanceTimersByTime(1)
  expect(spent).toBe(1)
  const another = createTimeBudget(1000, () => spent++, 600)
  another.start()
  vi.advanceTimersByTime(600)
  expect(spent).toBe(2)
})
