/**
 * Checks that every passkey signed its enrolment statement: this authority, this person, these roles, and for the first
 * admin everything that was registered before; and that an existing passkey signed for exactly each further one. SPEC 10.1.
 */
import { type ApproverKey, base64urlEncode, type JsonObject } from '@countersign/verifier'
import {
  authorisationChallenge,
  authorisationStatement,
  type EnrolmentStatement,
  enrolmentChallenge,
} from '@countersign/verifier/authority'
import type { ApproverFact, KeyFact } from '../facts/ledger-facts.ts'
import { objectOf, textOf } from '../log/read-entry.ts'
import { answerOf, entryOf, type SignedEntries } from './signed-entries.ts'
import { reasonOf } from './signed-statements.ts'

export async function checkEnrolments(input: SignedEntries): Promise<void> {
  for (const [kid, key] of input.facts.keys) {
    const detail = await faultOf(input, kid, key)
    if (detail === null) continue
    input.findings.report({ code: 'enrolment_signature', index: key.index, at: null, subject: kid, detail })
  }
}

async function faultOf(input: SignedEntries, kid: string, { index, approver, roles }: KeyFact): Promise<string | null> {
  const passkeys = new Map(input.trusted.passkeys)
  const passkey = passkeys.get(kid)
  const person = input.facts.approvers.get(approver)
  // A malformed key, and a key of nobody, were reported with their entry.
  if (passkey === undefined || person === undefined) return null
  const { trace, members } = await entryOf(input, index)
  const proof = objectOf(members, 'enrolment')
  if (proof === undefined) return 'it never signed'
  try {
    const { challenge, origin } = answerOf(input, proof, passkey)
    const nonce = textOf(proof, 'nonce') ?? ''
    const statement = statementOf(String(origin), approver, { ...person, roles }, trace === person.trace, nonce)
    if (challenge !== base64urlEncode(await enrolmentChallenge(statement))) return 'it signed another statement'
    const existing = passkeys.get(textOf(members, 'authorised_by') ?? '')
    // A further one by a key of nobody was reported with its entry.
    return existing ? await faultOfAuthorisation(input, members, existing, { ...statement, key: kid }) : null
  } catch (error) {
    return reasonOf(error)
  }
}

async function faultOfAuthorisation(
  input: SignedEntries,
  members: JsonObject,
  existing: ApproverKey,
  { key, ...enrolment }: EnrolmentStatement & { readonly key: string },
): Promise<string | null> {
  const proof = objectOf(members, 'authorisation')
  if (proof === undefined) return 'no existing passkey signed for it'
  const { challenge } = answerOf(input, proof, existing)
  const statement = authorisationStatement(enrolment, { credential: textOf(members, 'credential') ?? '', key })
  const expected = base64urlEncode(await authorisationChallenge(statement))
  return challenge === expected ? null : 'the signature of the existing passkey is not about it'
}

const statementOf = (
  iss: string,
  approver: string,
  { roles, registered }: ApproverFact,
  isFirst: boolean,
  nonce: string,
): EnrolmentStatement => ({
  typ: 'countersign/enrolment/v1',
  iss,
  approver,
  roles,
  registered: isFirst ? registered : null,
  nonce,
})
