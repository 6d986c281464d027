/** Ids of requests, tokens, kill switches, credentials, people, webhooks and deliveries. SPEC 2 */
import { base64urlEncode } from '@countersign/verifier'

/** 128 random bits as base64url. People type ids behind commands, so none begins with `-`, as options do. */
export function newId(randomBytes: (count: number) => Uint8Array): string {
  const id = base64urlEncode(randomBytes(16))
  return id.startsWith('-') ? newId(randomBytes) : id
}
