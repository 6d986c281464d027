/** The hashes of an audit on Node: OpenSSL, synchronous. They travel as Latin-1 text, which is cheaper than a Buffer. */
import { hash } from 'node:crypto'
import { base64urlDecode } from '@countersign/verifier'
import type { AuditCrypto } from '../../audit/crypto.ts'

export const nodeCrypto: AuditCrypto = {
  hashInto: (data, into) => {
    Buffer.from(into.buffer, into.byteOffset, into.length).write(hash('sha256', data, 'binary'), 'latin1')
  },
  digest: (data) => hash('sha256', data, 'base64url'),
  encode: (data) =>
    (typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.length)).toString(
      'base64url',
    ),
  // Of memory that is shared with other short Buffers: nobody writes to what an audit has read.
  decode: (text) => {
    const bytes = Buffer.from(text, 'base64url')
    return bytes.toString('base64url') === text ? bytes : base64urlDecode(text)
  },
  signingInput,
}

/** As much as most texts take; grows with the longest. */
let memory = Buffer.allocUnsafeSlow(8192)

/** In memory that each call uses again: allocating it would take as long as writing the text. */
function signingInput(header: string, payload: string): Buffer<ArrayBuffer> {
  // No character takes more than three bytes of UTF-8, and none of those more than two of base64url.
  const most = header.length + 6 * payload.length + 1
  if (memory.length < most) memory = Buffer.allocUnsafeSlow(most)
  const encoded = memory.toString('base64url', 0, memory.write(payload))
  return memory.subarray(0, memory.write(`${header}.${encoded}`, 'latin1'))
}
