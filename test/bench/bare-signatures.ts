/**
 * The least that an audit does for a token, on one thread: parses its text, hashes it, decodes its signature and verifies
 * two. A yardstick, not an audit: no rule is checked, and the two signatures verified are the same for all tokens.
 */
import { createPublicKey, hash, type JsonWebKey, verify } from 'node:crypto'
import { workerData } from 'node:worker_threads'

export interface LeastWork {
  readonly tokens: number
  /** Token texts as an archive serves them; each stands for many. */
  readonly texts: readonly string[]
  readonly jwk: JsonWebKey
  readonly signed: readonly { readonly data: Uint8Array<ArrayBuffer>; readonly signature: Uint8Array<ArrayBuffer> }[]
}

const { tokens, texts, jwk, signed }: LeastWork = workerData
const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const

for (let at = 0; at < tokens; at++) {
  const text = texts[at % texts.length] ?? ''
  const { signature } = JSON.parse(text)
  hash('sha256', text, 'base64url')
  if (Buffer.from(signature, 'base64url').length !== 64) throw new Error('No signature')
  for (const { data, signature } of signed)
    if (!verify('sha256', data, key, signature)) throw new Error('Does not hold')
}
