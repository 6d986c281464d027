/** Ledger entries that carry the signature of a passkey, and the check of that signature. SPEC 5, 10. */
import type { ApproverKey, JsonObject, RelyingParty } from '@countersign/verifier'
import type { AuditCrypto } from '../crypto.ts'
import type { Facts } from '../facts/ledger-facts.ts'
import type { Findings } from '../finding.ts'
import { readEntry, textOf } from '../log/read-entry.ts'
import type { Trusted } from './check-token.ts'
import { createConsentProof } from './prove-consent.ts'

export interface SignedEntries {
  readonly facts: Facts
  readonly findings: Findings
  readonly trusted: Trusted
  readonly crypto: AuditCrypto
  readonly entryAt: (index: number) => Promise<Uint8Array | null>
}

/** Empty for an entry that cannot be read. */
export async function entryOf(
  { entryAt }: Pick<SignedEntries, 'entryAt'>,
  index: number,
): Promise<{ trace: string; members: JsonObject }> {
  const bytes = await entryAt(index)
  const read = bytes && readEntry(bytes)
  return read && 'entry' in read ? read.entry : { trace: '', members: {} }
}

/** The ledger names the host of the authority; the page on which a passkey signed, with which scheme. */
export function partyOfLog({ origin }: Trusted): RelyingParty {
  const host = origin.replace(/\/log$/, '')
  return { rpId: new URL(`https://${host}`).hostname, origins: [`https://${host}`, `http://${host}`] }
}

/** The challenge that a passkey signed. Throws where the signature does not hold. */
export function answerOf({ trusted, crypto }: SignedEntries, proof: JsonObject, passkey: ApproverKey) {
  const text = (name: string) => textOf(proof, name) ?? ''
  const signed = {
    authenticator_data: text('authenticator_data'),
    client_data_json: text('client_data_json'),
    signature: text('signature'),
  }
  return createConsentProof(crypto)(signed, passkey, partyOfLog(trusted))
}
