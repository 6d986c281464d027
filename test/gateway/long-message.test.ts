/** For whom a message was meant that is too long to be kept, wherever its members stand. */
import { expect, it } from 'vitest'
import { createLineReader } from '../../src/gateway/channel/line-reader.ts'
import { createRoom } from '../../src/gateway/channel/room.ts'
import type { Unreadable } from '../../src/gateway/message/json-rpc.ts'
import { createLongMessage } from '../../src/gateway/message/long-message.ts'

const NESTED = '{"id":1,"method":"no","text":"\\",\\"id\\":2}, {","list":[{"id":3},"id",4]}'

it.each<[string, string, number[] | string[], (number | string)[]]>([
  ['before the result', `{"jsonrpc":"2.0","id":7,"result":${NESTED}}`, [], [7]],
  ['after the result', `{"result":${NESTED},"jsonrpc":"2.0","id":7}`, [], [7]],
  ['between, with white space', `{ "result" : ${NESTED} ,\n "id" : 7 , "jsonrpc" : "2.0" }`, [], [7]],
  ['that is a text', `{"error":${NESTED},"id":"a\\"}b"}`, [], ['a"}b']],
  ['of a request', `{"method":"sampling/createMessage","params":${NESTED},"id":"q"}`, ['q'], []],
  ['of a notification', `{"method":"notifications/message","params":${NESTED}}`, [], []],
  ['that is null', `{"id":null,"result":${NESTED}}`, [], []],
  ['that is an object', `{"id":${NESTED},"result":1}`, [], []],
  ['that is no short text', `{"id":"${'x'.repeat(1000)}","result":1}`, [], []],
  ['inside alone', `{"result":${NESTED}}`, [], []],
  ['in a batch', `[{"id":7,"result":${NESTED}}]`, [], []],
  ['in an event', `data: {"id":7,"result":${NESTED}}`, [], [7]],
  ['in what is no JSON', '}}]"id":7', [], []],
])('by an id %s', (_, text, requests, answers) => {
  for (const size of [1, 7, text.length]) {
    const message = createLongMessage()
    for (let at = 0; at < text.length; at += size) message.take(text.slice(at, at + size))
    expect(message.meant()).toEqual({ isJson: true, isBatch: false, requests, answers })
  }
})

it('a line of any length is skipped to its end in little memory, and the next is read', () => {
  const lines: string[] = []
  const faults: Unreadable[] = []
  const room = createRoom(1)
  const reader = createLineReader(
    { line: (text) => void lines.push(text), skipped: (fault) => void faults.push(fault) },
    room,
  )
  const part = Buffer.from('x'.repeat(1024 * 1024))
  reader.take(Buffer.from('{"id":5,"result":"'))
  const before = process.memoryUsage().arrayBuffers
  for (let count = 0; count < 200; count++) reader.take(part)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
  reader.take(Buffer.from('"}\r\n{"id":6}\n{"cut'))
  expect(lines).toEqual(['{"id":6}'])
  expect(faults).toMatchObject([{ message: 'The message is larger than 8 MiB.', meant: { answers: [5] } }])
  reader.end()
  expect(room.take(512 * 1024 * 1024)).toBe(true)
})
