/** Insists that a passkey answered one challenge, as an entry of the ledger keeps its signature. SPEC 5.1, 10.4. */
import { type ApproverKey, base64urlEncode, type JsonObject } from '@countersign/verifier'
import { proveConsent } from '@countersign/verifier/authority'
import type { Config } from '../config.ts'
import { insistOn } from './prove-change.ts'
import type { InForce } from './proven-rows.ts'
import { textOf } from './safer-facts.ts'

export interface Signed {
  readonly key: ApproverKey
  /** `authenticator_data`, `client_data_json` and `signature`. */
  readonly proof: JsonObject
}

/** The person's own key that the proof names, where it is in force. Throws `Unproven`. */
export function keyBehind(
  inForce: InForce,
  keys: ReadonlyMap<string, ApproverKey>,
  proof: JsonObject,
  person: string,
): ApproverKey {
  const kid = textOf(proof, 'key')
  const key = keys.get(kid)
  insistOn(key && inForce.present('passkey', kid)?.['approver'] === person, 'the passkey behind it is not proven')
  return key
}

/** Throws `Unproven`. */
export async function insistAnswered(
  { origin, rpId }: Pick<Config, 'origin' | 'rpId'>,
  { key, proof }: Signed,
  challenge: Uint8Array,
): Promise<void> {
  const signed = {
    authenticator_data: textOf(proof, 'authenticator_data'),
    client_data_json: textOf(proof, 'client_data_json'),
    signature: textOf(proof, 'signature'),
  }
  const answered = await proveConsent(signed, key, { rpId, origins: [origin] }).then(
    (assertion) => assertion.challenge,
    () => '',
  )
  insistOn(answered === base64urlEncode(challenge), 'its passkey signed something else')
}
