/** Invitations, and the passkeys that were made with one and wait for an admin's consent. SPEC 10.1. */
import type { EnrolmentProof } from '@countersign/verifier/authority'
import type { Passkey } from '../../domain/identity/parties.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Invitation } from './identity-store.ts'

export interface WaitingPasskey {
  readonly passkey: Passkey
  /** Its signature over its enrolment statement. */
  readonly proof: EnrolmentProof
  /** The request that asks for its enrolment; null where that was never opened. */
  readonly request: string | null
}

export interface EnrolmentStore {
  addInvitation(added: { readonly invitation: Invitation; readonly entry: PreparedEntry }): Promise<void>
  /** Takes the invitation, exactly once, and keeps the passkey that was made with it until `expiresAt`. */
  holdPasskey(
    held: Omit<WaitingPasskey, 'request'> & {
      readonly invitation: string
      /** Of the secret that its page holds. */
      readonly hash: string
      readonly now: number
      readonly expiresAt: number
    },
  ): Promise<{ readonly verdict: 'held' | 'invitation_gone' | 'credential_exists' }>
  /** Names the request that asks for the enrolment of the passkey with this thumbprint. */
  askForEnrolment(asked: { readonly key: string; readonly request: string }): Promise<void>
  /** By its thumbprint, or by the hash of its page's secret. */
  waitingPasskey(named: { readonly key: string } | { readonly hash: string }): Promise<WaitingPasskey | undefined>
  /** True for one caller alone. */
  endWaiting(named: { readonly hash: string }): Promise<boolean>
}
