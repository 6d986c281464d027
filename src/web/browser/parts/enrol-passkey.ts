/**
 * Making a passkey and signing its enrolment statement with it, after the check that the statement is what the page
 * shows. After an answer that was refused the next passkey is asked for as ES256. SPEC 10.1.
 */

import { base64urlDecode, base64urlEncode, canonicalize, sha256 } from '@countersign/verifier'
import type { EnrolmentStatement } from '@countersign/verifier/authority'
import { plainJson } from '../../../domain/action/plain-json.ts'
import { enrolmentDifferences, type NewCredential, type ShownEnrolment } from '../../own/enrolment-statement.ts'
import {
  askForPasskey,
  type CreationOptions,
  type Gesture,
  makePasskey,
  type RequestOptions,
} from './passkey-gesture.ts'

export interface NewPasskeyOffer {
  readonly options: { readonly creation: CreationOptions; readonly request: RequestOptions }
  readonly statement: EnrolmentStatement
}

type Registration = Awaited<ReturnType<typeof makePasskey>> extends Gesture<infer Made> ? Made : never

/** A passkey that was made, and has not signed yet. */
export interface MadePasskey {
  readonly offer: NewPasskeyOffer
  readonly registration: Registration
}

let es256Only = false

/** Members of the body that asks for an offer. */
export const newPasskeyMembers = (label: string) => ({
  ...(label ? { label } : {}),
  ...(es256Only ? { es256_only: true } : {}),
})

export function askForEs256(): void {
  es256Only = true
}

/** The members of the offered statement that differ from the page; none where it may be signed. */
export const differencesOf = ({ options, statement }: NewPasskeyOffer, shown: ShownEnrolment) =>
  enrolmentDifferences(statement, shown, {
    challenges: [options.creation.challenge, options.request.challenge],
    userHandle: options.creation.user.id,
  })

export const otherStatement = (differing: readonly string[]): string =>
  `Your passkey would sign something other than this page shows: ${differing.join(', ')}. Nothing was signed. Reload the page, and tell an admin if it happens again.`

export async function makeOffered(offer: NewPasskeyOffer): Promise<Gesture<MadePasskey>> {
  const made = await makePasskey(offer.options.creation)
  return made.ok ? { ok: true, value: { offer, registration: made.value } } : made
}

/** With the new passkey and no other. */
export const signWithNew = ({ offer, registration: { id } }: MadePasskey) =>
  askForPasskey({ ...offer.options.request, allowCredentials: [{ type: 'public-key', id }] })

const IMPORTS = new Map<number | undefined, Parameters<typeof crypto.subtle.importKey>[2]>([
  [-7, { name: 'ECDSA', namedCurve: 'P-256' }],
  [-8, { name: 'Ed25519' }],
  [-257, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
])

/** The id of a passkey that was made, and the thumbprint of its key (RFC 7638), where the browser can tell it. */
export async function credentialOf({ registration: { id, response } }: MadePasskey): Promise<NewCredential> {
  const { publicKey, publicKeyAlgorithm } = response
  const algorithm = IMPORTS.get(publicKeyAlgorithm)
  if (!publicKey || !algorithm) return { id, key: undefined }
  try {
    const imported = await crypto.subtle.importKey('spki', base64urlDecode(publicKey), algorithm, true, ['verify'])
    const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', imported)
    return { id, key: base64urlEncode(await sha256(canonicalize(plainJson({ kty, crv, x, y, n, e })))) }
  } catch {
    return { id, key: undefined }
  }
}
