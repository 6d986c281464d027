/** Long work lets other work go first: input that arrived while it was busy is read before it goes on. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { oneByOne, othersTurn } from '../../src/domain/turns.ts'

const open: { readonly end: () => void }[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const { end } of open.splice(0)) end()
})

/** Both ends of a connection. */
async function pair(): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const near = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
  const [far] = await once(server, 'connection')
  server.close()
  open.push({ end: () => void near.destroy() }, { end: () => void far.destroy() })
  return [near, far]
}

it('reads input before the work goes on, wherever in a turn it began', async () => {
  const [call, answering] = await pair()
  const [stop, stopped] = await pair()
  const seen: string[] = []
  stopped.on('data', () => seen.push('stopped'))
  const answered = new Promise<void>((resolve) => {
    answering.once('data', async () => {
      seen.push('first piece')
      stop.write('now')
      await othersTurn()
      seen.push('second piece')
      resolve()
    })
  })
  call.write('work')
  await answered
  expect(seen).toEqual(['first piece', 'stopped', 'second piece'])
})

it('lets input be read, and waits for no timer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const { port1, port2 } = new MessageChannel()
  const arrived = vi.fn()
  port2.onmessage = arrived
  port1.postMessage('stop')
  while (arrived.mock.calls.length === 0) await othersTurn()
  expect(vi.getTimerCount()).toBe(0)
  port2.close()
})

it('work that is asked for many times at once is done one by one, lets others in, and outlives a failure', async () => {
  const inOrder = oneByOne()
  const seen: string[] = []
  const work = (name: string) => async () => {
    const end = performance.now() + 5
    while (performance.now() < end);
    await Promise.resolve()
    seen.push(name)
    if (name === 'b') throw new Error(name)
    return name
  }
  setImmediate(() => seen.push('another'))
  const all = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => inOrder(work(name))))
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(seen.filter((name) => name !== 'another')).toEqual(['a', 'b', 'c', 'd'])
  expect(seen.at(-1)).toBe('d')
})
