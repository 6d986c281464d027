/** Checks that each person signed for their absence and its deputy, with a passkey of theirs. SPEC 10.11. */
import { base64urlEncode, canonicalize, sha256 } from '@countersign/verifier'
import { proveConsent } from '@countersign/verifier/authority'
import type { AbsenceFact, Facts } from '../facts/ledger-facts.ts'
import type { Findings } from '../finding.ts'
import { objectOf, readEntry, textOf } from '../log/read-entry.ts'
import { partyOfLog } from './check-consents.ts'
import type { Trusted } from './check-token.ts'
import { reasonOf } from './signed-statements.ts'

interface AbsencesInput {
  readonly facts: Facts
  readonly findings: Findings
  readonly trusted: Trusted
  readonly entryAt: (index: number) => Promise<Uint8Array | null>
}

export async function checkAbsences(input: AbsencesInput): Promise<void> {
  for (const [id, absence] of input.facts.absences) {
    const detail = await faultOf(input, id, absence)
    if (detail === null) continue
    input.findings.report({ code: 'absence_signature', index: absence.index, at: null, subject: id, detail })
  }
}

async function faultOf(
  { facts, trusted, entryAt }: AbsencesInput,
  absence: string,
  { index, approver, deputy, from, until }: AbsenceFact,
): Promise<string | null> {
  const bytes = await entryAt(index)
  const read = bytes && readEntry(bytes)
  const signed = (read && 'entry' in read ? objectOf(read.entry.members, 'signed') : undefined) ?? {}
  const text = (name: string) => textOf(signed, name) ?? ''
  const passkey = new Map(trusted.passkeys).get(text('key'))
  if (passkey === undefined || facts.keys.get(text('key'))?.approver !== approver) return 'the passkey is not theirs'
  const proof = {
    authenticator_data: text('authenticator_data'),
    client_data_json: text('client_data_json'),
    signature: text('signature'),
  }
  try {
    const { challenge, origin } = await proveConsent(proof, passkey, partyOfLog(trusted))
    const stated = { absence, approver, deputy: deputy ?? null, from, until, nonce: text('nonce') }
    const statement = { typ: 'countersign/absence/v1', iss: String(origin), ...stated }
    return challenge === base64urlEncode(await sha256(canonicalize(statement))) ? null : 'it signed another statement'
  } catch (error) {
    return reasonOf(error)
  }
}
