/** A digest over the members of a consent, by which an entry and a token are known to hold the same one. */
import type { JsonObject } from '@countersign/verifier'

const PRINTED = [
  'approver',
  'nonce',
  'expires',
  'preview',
  'key',
  'authenticator_data',
  'client_data_json',
  'signature',
]

/** Does not depend on the order of the members. */
export function printOf(digest: (text: string) => string, consent: JsonObject): string {
  return digest(JSON.stringify([...PRINTED.map((name) => consent[name] ?? null), consent['batch'] ?? null]))
}
