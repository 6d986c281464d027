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
  ascii: (text) => Buffer.from(text, 'latin1'),
}
