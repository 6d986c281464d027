/**
 * Making a passkey and signing its enrolment statement with it, after the check that the statement is what the page
 * shows. After an answer that was refused the next passkey is asked for as ES256. SPEC 10.1.
 */
import type { EnrolmentStatement } from '@countersign/verifier/authority'
import { enrolmentDifferences, type ShownEnrolment } from '../../own/enrolment-statement.ts'
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
