/** Lines and bodies that come in any parts are UTF-8, or said to be none; the next one is read anew. */
import { expect, it } from 'vitest'
import { createUtf8 } from '../../src/gateway/channel/utf8.ts'

const BROKEN = Buffer.from([0x61, 0xe2, 0x82])

it.each([1, 2, 3, 100])('a text is whole in parts of %i bytes, also after one that was cut off', (size) => {
  const utf8 = createUtf8()
  const read = (bytes: Uint8Array) => {
    const parts = []
    for (let at = 0; at < bytes.length; at += size) parts.push(utf8.decode(bytes.subarray(at, at + size)))
    const { rest, isValid } = utf8.end()
    return [parts.join('') + rest, isValid]
  }
  const text = '€ and \u{1F600}'
  for (let round = 0; round < 2; round++) {
    expect(read(Buffer.from(text))).toEqual([text, true])
    expect(read(BROKEN)).toEqual([expect.stringMatching(/^a/), false])
    expect(read(Buffer.from([0x61, 0xff, 0x62]))).toEqual([expect.stringMatching(/b$/), false])
  }
  expect(read(Buffer.from(''))).toEqual(['', true])
})
