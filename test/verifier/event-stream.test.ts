/** Server-sent events are the same wherever a network cuts them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEventParser } from '../../src/verifier/live/event-stream.ts'

const read = (...pieces: string[]) => {
  const parse = createEventParser()
  return pieces.flatMap((piece) => parse(piece))
}

const TEXT = ': hello\r\nevent: a\nid: 1\ndata: {"x":"ä👋"}\n\ndata:two\rdata: lines\r\revent: none\n\nid\ndata\r\n\r\n'
const EVENTS = [
  { name: 'a', data: '{"x":"ä👋"}', id: '1' },
  { name: 'message', data: 'two\nlines', id: '1' },
  { name: 'message', data: '', id: '' },
]

describe('the event parser', () => {
  it('reads events with every line break, comments, fields without a value', () => {
    expect(read(TEXT)).toEqual(EVENTS)
  })

  it('reads the same wherever the text is cut in two', () => {
    for (let at = 0; at <= TEXT.length; at++) expect(read(TEXT.slice(0, at), TEXT.slice(at)), `${at}`).toEqual(EVENTS)
  })

  it('reads the same byte by byte, through a decoder', () => {
    const utf8 = new TextDecoder('utf-8', { fatal: true })
    const pieces = [...new TextEncoder().encode(TEXT)].map((byte) =>
      utf8.decode(new Uint8Array([byte]), { stream: true }),
    )
    expect(read(...pieces)).toEqual(EVENTS)
  })

  it('reads the same cut anywhere any number of times', () => {
    const cuts = fc.array(fc.nat(TEXT.length), { maxLength: 20 })
    fc.assert(
      fc.property(cuts, (places) => {
        const at = [0, ...places.sort((a, b) => a - b), TEXT.length]
        expect(read(...at.slice(1).map((end, index) => TEXT.slice(at[index], end)))).toEqual(EVENTS)
      }),
    )
  })

  it('gives nothing of an event that was not ended', () => {
    expect(read('event: stop\ndata: {"id":1}\n')).toEqual([])
    expect(read('data: 1\n\ndata: 2')).toEqual([{ name: 'message', data: '1', id: '' }])
  })

  it('ignores an id that holds U+0000, and unknown fields', () => {
    expect(read('id: a\0b\nretry: 1\nfoo: bar\ndata: x\n\n')).toEqual([{ name: 'message', data: 'x', id: '' }])
  })

  it('gives up on an event without end, in one line or in many', () => {
    const piece = 'x'.repeat(1_000_000)
    expect(() => read('data: ', ...Array.from({ length: 10 }, () => piece))).toThrow(RangeError)
    expect(() => read(...Array.from({ length: 10 }, () => `data: ${piece}\n`))).toThrow(RangeError)
  })
})
