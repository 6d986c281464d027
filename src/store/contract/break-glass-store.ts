/** Break-glass in the store's contract. SPEC 10.12. */
import type { Passkey } from '../../domain/identity/parties.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { ApproverRow, Invitation } from './identity-store.ts'

export interface BreakGlassStore {
  /** With its entry, its reason, and the notice to every admin. `no_admin` while there is none. */
  openBreakGlass(opened: {
    readonly id: string
    readonly invitation: Invitation
    readonly payload: Payload
    readonly entry: PreparedEntry
  }): Promise<{ readonly verdict: 'opened' | 'no_admin' }>
  /** Takes its link, exactly once, and enrols the person with their passkey. Who may is decided by the caller. */
  enrolByBreakGlass(enrolment: {
    readonly invitation: string
    readonly approver: ApproverRow
    readonly passkey: Passkey
    /** Their name. */
    readonly payload: Payload
    readonly entries: readonly PreparedEntry[]
    readonly now: number
  }): Promise<{ readonly verdict: 'enrolled' | 'invitation_gone' | 'credential_exists' }>
  /** Writes the entry unless the link, by its hash, can still let somebody in. */
  acknowledgeBreakGlass(acknowledged: {
    readonly hash: string
    readonly entry: PreparedEntry
    readonly now: number
  }): Promise<{ readonly verdict: 'acknowledged' | 'open' }>
  /** Null once erased. */
  reasonOfBreakGlass(id: string): Promise<string | null>
}
