/**
 * The offer to an approver: the consent statement of one request or of several, and the WebAuthn options for it.
 *
 * In: a request, an approver, a nonce. Out: the statement, its challenge, PublicKeyCredentialRequestOptionsJSON.
 * Stores nothing, and does not decide who may consent: `eligibility` does. SPEC 5.
 */
import {
  base64urlEncode,
  batchChallenge,
  type ConsentStatement,
  consentChallenge,
  type JsonObject,
  statementDigest,
} from '@countersign/verifier'
import type { ApprovalRequest } from '../approval/approval-request.ts'
import type { Passkey } from '../identity/parties.ts'
import type { Terms } from '../policy/policy.ts'

/**
 * What a statement says beside its request. `separation` is false when the approver would approve for themselves;
 * `onBehalfOf` is the absent person for whom they stand in, null where they answer for themself.
 */
export interface Stated {
  readonly approver: string
  readonly onBehalfOf: string | null
  readonly separation: boolean
  readonly nonce: string
}

/** What of a request the statement repeats. */
export type StatedRequest = Pick<
  ApprovalRequest,
  'id' | 'audience' | 'principal' | 'act' | 'actor' | 'digest' | 'stateDigest' | 'policy' | 'expiresAt'
> & {
  readonly preview: Pick<Preview, 'digest'> | null
  readonly terms: Pick<Terms, 'quorum' | 'uses'>
}

type Preview = NonNullable<ApprovalRequest['preview']>

/** The statement of an approver over `request`. */
export function buildStatement(
  issuer: string,
  request: StatedRequest,
  { approver, onBehalfOf, separation, nonce }: Stated,
): ConsentStatement {
  return {
    typ: 'countersign/consent/v1',
    iss: issuer,
    aud: request.audience,
    request: request.id,
    sub: request.principal,
    act: request.act,
    client_id: request.actor,
    action: request.digest,
    preview: request.preview?.digest ?? null,
    state: request.stateDigest,
    policy: request.policy,
    quorum: request.terms.quorum,
    separation,
    uses: request.terms.uses,
    expires: request.expiresAt,
    approver,
    ...(onBehalfOf === null ? {} : { on_behalf_of: onBehalfOf }),
    nonce,
  }
}

export interface Gesture {
  /** base64url of the 32 bytes to sign. */
  readonly challenge: string
  readonly options: JsonObject
}

export async function consentGesture(
  rpId: string,
  statement: ConsentStatement,
  passkeys: readonly Passkey[],
): Promise<Gesture> {
  return assertionGesture(rpId, await consentChallenge(statement), passkeys)
}

export async function batchGesture(
  rpId: string,
  statements: readonly ConsentStatement[],
  passkeys: readonly Passkey[],
): Promise<Gesture> {
  const digests = await Promise.all(statements.map(statementDigest))
  return assertionGesture(rpId, await batchChallenge(digests), passkeys)
}

/** A gesture over 32 given bytes. No passkeys named means a discoverable one. */
export function assertionGesture(rpId: string, bytes: Uint8Array, passkeys: readonly Passkey[]): Gesture {
  const challenge = base64urlEncode(bytes)
  const allowCredentials = passkeys.map(({ credentialId, transports }) => ({
    id: credentialId,
    transports: [...transports],
    type: 'public-key',
  }))
  return { challenge, options: { rpId, challenge, allowCredentials, timeout: 120_000, userVerification: 'required' } }
}
