/** A message of very many values is not parsed: that alone would hold up a kill switch. Long texts are. */
import { expect, it } from 'vitest'
import { MAX_VALUES, readMessage, Unreadable } from '../../src/gateway/message/json-rpc.ts'

const MIB = 1024 * 1024
const answer = (content: string, id = 7) => `{"jsonrpc":"2.0","id":${id},"result":{"content":${content}}}`
const filled = (unit: string, length: number) => `[${unit.repeat(Math.floor(length / unit.length)).slice(0, -1)}]`

function refusalOf(text: string): Unreadable {
  try {
    readMessage(text)
  } catch (error) {
    if (error instanceof Unreadable) return error
    throw error
  }
  throw new Error('It was read')
}

it.each([
  ['numbers', filled('0,', 8 * MIB - 100)],
  ['lists', filled('[],', 8 * MIB - 100)],
  ['texts', filled('",",', 8 * MIB - 100)],
  ['members', `{${Array.from({ length: MAX_VALUES }, (_, at) => `"${at}":0`).join(',')}}`],
  ['what is no JSON', '{'.repeat(MAX_VALUES + 1)],
])('of %s, it is refused under its id', (_, content) => {
  const refused = refusalOf(answer(content))
  expect(refused.message).toBe('The message holds more than 32768 values.')
  expect(refused.meant).toMatchObject({ answers: [7], requests: [] })
})

it('it is refused under the id at its end, whatever ids its content has', () => {
  const content = `[${'{"id":1},'.repeat(MAX_VALUES)}{"id":2}]`
  expect(refusalOf(`{"result":{"x":${content}},"jsonrpc":"2.0","id":"a-9"}`).meant.answers).toEqual(['a-9'])
  expect(refusalOf(`{"method":"tools/call","params":{"x":${content}},"id":3,"jsonrpc":"2.0"}`).meant).toMatchObject({
    requests: [3],
    answers: [],
  })
  expect(refusalOf(`{"result":{"x":${content}},"id":1.5,"x":0}`).meant.answers).toEqual([])
})

it.each([
  ['one long text', JSON.stringify('a,[{'.repeat(MIB))],
  ['a text of quotes and backslashes', JSON.stringify('\\",'.repeat(MIB / 2))],
  ['as many numbers as it may hold', filled('0,', 2 * (MAX_VALUES - 5))],
])('%s is read', (_, content) => {
  expect(readMessage(answer(content))).toMatchObject({ kind: 'answer', id: 7 })
})
