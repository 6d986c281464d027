/** Checks that each person signed for their absence and its deputy, with a passkey of theirs. SPEC 10.11. */
import { base64urlEncode, canonicalize, sha256 } from '@countersign/verifier'
import type { AbsenceFact } from '../facts/ledger-facts.ts'
import { objectOf, textOf } from '../log/read-entry.ts'
import { answerOf, entryOf, type SignedEntries } from './signed-entries.ts'
import { reasonOf } from './signed-statements.ts'

export async function checkAbsences(input: SignedEntries): Promise<void> {
  for (const [id, absence] of input.facts.absences) {
    const detail = await faultOf(input, id, absence)
    if (detail === null) continue
    input.findings.report({ code: 'absence_signature', index: absence.index, at: null, subject: id, detail })
  }
}

async function faultOf(
  input: SignedEntries,
  absence: string,
  { index, approver, deputy, from, until }: AbsenceFact,
): Promise<string | null> {
  const { facts, trusted } = input
  const signed = objectOf((await entryOf(input, index)).members, 'signed') ?? {}
  const text = (name: string) => textOf(signed, name) ?? ''
  const passkey = new Map(trusted.passkeys).get(text('key'))
  if (passkey === undefined || facts.keys.get(text('key'))?.approver !== approver) return 'the passkey is not theirs'
  try {
    const { challenge, origin } = answerOf(input, signed, passkey)
    const stated = { absence, approver, deputy: deputy ?? null, from, until, nonce: text('nonce') }
    const statement = { typ: 'countersign/absence/v1', iss: String(origin), ...stated }
    return challenge === base64urlEncode(await sha256(canonicalize(statement))) ? null : 'it signed another statement'
  } catch (error) {
    return reasonOf(error)
  }
}
