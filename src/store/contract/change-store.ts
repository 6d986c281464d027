import type { Agent, Credential, Executor, Webhook } from '../../domain/identity/parties.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { Invitation } from './identity-store.ts'
import type { ErasureOrder } from './ledger-store.ts'
import type { Ended } from './request-store.ts'
import type { RedeemVerdict, RedemptionAttempt, SigningKeyRow } from './token-store.ts'

/** An act of administration, carried out with the redemption of the token that allowed it. */
export type AdministrativeChange =
  | { readonly kind: 'agent.add'; readonly agent: Agent; readonly credential: Credential; readonly hash: string }
  | {
      readonly kind: 'executor.add'
      readonly executor: Executor
      readonly credential: Credential
      readonly hash: string
    }
  | { readonly kind: 'executor.update'; readonly executor: Executor }
  | { readonly kind: 'credential.add'; readonly credential: Credential; readonly hash: string }
  | { readonly kind: 'approver.invite'; readonly invitation: Invitation }
  | {
      readonly kind: 'key.rotate'
      readonly key: SigningKeyRow
      readonly retire: readonly { kid: string; at: number }[]
    }
  /** Its entry is all there is to it. */
  | { readonly kind: 'log-key.announce' }
  | { readonly kind: 'payload.erase'; readonly order: ErasureOrder }
  | { readonly kind: 'killswitch.release'; readonly id: string; readonly atMs: number; readonly request: string | null }
  | { readonly kind: 'webhook.add'; readonly webhook: Webhook }

/** Entries known beforehand, or made within the transaction from what it ended; then perhaps more than once. */
export type RevocationEntries = readonly PreparedEntry[] | ((ended: Ended) => Promise<readonly PreparedEntry[]>)

export interface ChangeStore {
  /** Before the first admin only, checked in the same statement: 'admin_exists' otherwise. 'exists' for a taken id. */
  administerAtBootstrap(
    change: AdministrativeChange,
    entries: readonly PreparedEntry[],
    payloads: readonly Payload[],
  ): Promise<'done' | 'admin_exists' | 'exists'>
  /**
   * RedemptionAttempts the token, as the executor that the authority itself is, and makes the change, in one transaction. 'exists'
   * for a taken id, or an executor that has this version or a newer one: nothing is spent then.
   */
  administer(
    redeem: Omit<RedemptionAttempt, 'credentialHash'>,
    change: AdministrativeChange,
    entries: readonly PreparedEntry[],
    payloads: readonly Payload[],
  ): Promise<RedeemVerdict | { readonly verdict: 'exists' }>
  /** Ends the agent, its credentials, its pending requests (withdrawn) and its live tokens (revoked). */
  revokeAgent(id: string, at: number, entries: RevocationEntries): Promise<boolean>
  /** The same for an executor: its credentials, the pending requests for it, its live tokens. */
  revokeExecutor(audience: string, at: number, entries: RevocationEntries): Promise<boolean>
  /** Takes an action out of an executor's catalogue; false where it offers no such action, or was revoked. */
  removeAction(audience: string, name: string, entries: readonly PreparedEntry[]): Promise<boolean>
  revokeCredential(id: string, at: number, entries: readonly PreparedEntry[]): Promise<boolean>
  /** Nothing is delivered to it from then on. */
  removeWebhook(id: string, at: number, entries: readonly PreparedEntry[]): Promise<boolean>
}
