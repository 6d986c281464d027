/**
 * Verifies each consent of a token against the approvers' published passkeys.
 *
 * In: claims, an authority to ask for approvers.json. Out: a row for each consent, with what is wrong with it, if
 * anything. A deadline that has passed is no fault here: the token's own time is checked beside it. SPEC 5.
 */
import {
  type ApprovalClaims,
  ApprovalError,
  type ApproverDirectory,
  buildDirectory,
  type Consent,
  parseApprovers,
  statementOf,
  verifyConsent,
} from '@countersign/verifier'
import type { Client } from '../../client/client.ts'
import { failureOf } from '../exit.ts'

export interface ConsentRow {
  readonly approver: string
  /** Thumbprint of the passkey. */
  readonly key: string
  readonly expires: number
  /** It was one of several given with one gesture. */
  readonly batch: boolean
  /** Null when the signature holds. */
  readonly problem: string | null
}

export async function checkConsents(claims: ApprovalClaims, client: Client): Promise<ConsentRow[]> {
  if (claims.approval.consents.length === 0) return []
  const directory = await directoryOf(client)
  return Promise.all(claims.approval.consents.map((consent) => rowOf(claims, consent, directory)))
}

async function directoryOf(client: Client): Promise<ApproverDirectory> {
  const answer = await client.call('approverKeys')
  if (!answer.ok) throw failureOf(answer.problem)
  return buildDirectory(parseApprovers(answer.value))
}

async function rowOf(claims: ApprovalClaims, consent: Consent, directory: ApproverDirectory): Promise<ConsentRow> {
  const { approver, key, expires, batch } = consent
  return { approver, key, expires, batch: batch !== undefined, problem: await problemWith(claims, consent, directory) }
}

async function problemWith(
  claims: ApprovalClaims,
  consent: Consent,
  directory: ApproverDirectory,
): Promise<string | null> {
  const key = directory.approvers.get(consent.approver)?.keys.find(({ kid }) => kid === consent.key)
  if (key === undefined) return 'no such passkey is enrolled'
  if (claims.exp > consent.expires) return 'the token outlives it'
  try {
    await verifyConsent(statementOf(claims, consent), consent, key, directory)
    return null
  } catch (error) {
    return error instanceof ApprovalError ? error.message : 'it cannot be checked'
  }
}
