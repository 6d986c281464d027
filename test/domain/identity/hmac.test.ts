/** RFC 4231 gives what HMAC-SHA-256 is. */
import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { hmacUnder, isSameSecret } from '../../../src/domain/identity/hmac.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

it.each([
  [Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
])('is that of RFC 4231', async (secret, text, mac) => {
  expect(hex(await hmacUnder(secret)(text))).toBe(mac)
})

it('takes a secret of a whole block, and none that is longer', async () => {
  const secret = Buffer.alloc(64, 7)
  expect(hex(await hmacUnder(secret)('ä'))).toBe(createHmac('sha256', secret).update('ä').digest('hex'))
  expect(() => hmacUnder(Buffer.alloc(65))).toThrow(RangeError)
})

it.each([
  ['', '', true],
  ['abc', 'abc', true],
  ['abc', 'abd', false],
  ['abc', 'bbc', false],
  ['abc', 'ab', false],
  ['ab', 'abc', false],
])('compares %j with %j', (one, other, same) => {
  expect(isSameSecret(one, other)).toBe(same)
})
