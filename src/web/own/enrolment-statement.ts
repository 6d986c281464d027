/**
 * Whether a new passkey would sign exactly what the page shows: this authority, these roles, these registered parties.
 *
 * In: what the authority offered, and what the page shows. Out: the differences, in words; none when both challenges are
 * the digest of exactly that statement. It asks the server for nothing and reads no page. SPEC 10.1.
 */
import { base64urlEncode, canonicalize, sha256 } from '@countersign/verifier'
import {
  type AuthorisationStatement,
  authorisationChallenge,
  authorisationStatement,
  type EnrolmentStatement,
  enrolmentChallenge,
  type RegisteredDocument,
  registeredDigest,
} from '@countersign/verifier/authority'

export interface ShownEnrolment {
  /** The origin of the page. */
  readonly iss: string
  readonly roles: readonly string[]
  readonly registered: RegisteredDocument | null
}

export const REGISTERED = 'what is registered'

/** `challenges`: of the new passkey, and of its signature. `userHandle`: base64url, the person that it is made for. */
export async function enrolmentDifferences(
  offered: EnrolmentStatement,
  shown: ShownEnrolment,
  { challenges, userHandle }: { readonly challenges: readonly string[]; readonly userHandle: string },
): Promise<readonly string[]> {
  const registered = shown.registered && (await registeredDigest(shown.registered))
  const { typ, iss, approver, roles, registered: signed, nonce, ...others } = offered
  const wrong: readonly (readonly [holds: boolean, member: string])[] = [
    [typ === 'countersign/enrolment/v1', 'the kind of statement'],
    [iss === shown.iss, 'the authority'],
    [canonicalize(roles) === canonicalize(shown.roles), 'what you may do'],
    [signed === registered, REGISTERED],
    [encoded(approver) === userHandle, 'who you are'],
    [/^[\w-]{43}$/.test(nonce), 'the nonce'],
    [Object.keys(others).length === 0, 'a member not shown here'],
  ]
  const differing = wrong.flatMap(([holds, member]) => (holds ? [] : [member]))
  if (differing.length > 0) return differing
  const challenge = base64urlEncode(await enrolmentChallenge(offered))
  return challenges.every((one) => one === challenge) ? [] : ['the challenge, which is of another statement']
}

/** The new passkey, as the page got it from its device. */
export interface NewCredential {
  /** base64url. */
  readonly id: string
  /** Thumbprint of its public key; undefined where the browser does not tell it. */
  readonly key: string | undefined
}

/** Whether an existing passkey would sign exactly that the new one, which signed `enrolment`, may be added. */
export async function isAboutNewPasskey(
  { statement, challenge }: { readonly statement: AuthorisationStatement; readonly challenge: string },
  enrolment: EnrolmentStatement,
  { id, key = statement.key }: NewCredential,
): Promise<boolean> {
  const expected = authorisationStatement(enrolment, { credential: base64urlEncode(await sha256(id)), key })
  return (
    canonicalize(statement) === canonicalize(expected) &&
    challenge === base64urlEncode(await authorisationChallenge(expected))
  )
}

const encoded = (text: string): string => base64urlEncode(new TextEncoder().encode(text))
