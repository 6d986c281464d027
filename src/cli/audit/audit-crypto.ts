/** The hashes of an audit on Node: OpenSSL, synchronous. They travel as Latin-1 text, which is cheaper than a Buffer. */
import { createHash, hash } from 'node:crypto'
import type { AuditCrypto } from '../../audit/crypto.ts'

/** `crypto.hash` came with Node 20.12. */
const digestAs: (data: Uint8Array | string, encoding: 'binary' | 'base64url') => string =
  typeof hash === 'function'
    ? (data, encoding) => hash('sha256', data, encoding)
    : (data, encoding) => createHash('sha256').update(data).digest(encoding)

export const nodeCrypto: AuditCrypto = {
  hashInto: (data, into) => {
    Buffer.from(into.buffer, into.byteOffset, into.length).write(digestAs(data, 'binary'), 'latin1')
  },
  digest: (data) => digestAs(data, 'base64url'),
  encode: (data) =>
    (typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.length)).toString(
      'base64url',
    ),
}
