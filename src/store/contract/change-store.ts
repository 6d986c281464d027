/**
 * Changes to the authority in the store's contract, and the ends that need no consent. Each verb writes its entries
 * with its change: both commit or neither. SPEC 10.
 */
import type { Directory } from '../../domain/identity/directories.ts'
import type { Group } from '../../domain/identity/groups.ts'
import type { Agent, Credential, Executor, Passkey, Role, Webhook } from '../../domain/identity/parties.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { Payload } from '../../domain/ledger/payload.ts'
import type { PolicyVersion } from '../../domain/policy/policy.ts'
import type { KeyLife } from '../../domain/token/signing-keys.ts'
import type { ApproverRow } from './identity-store.ts'
import type { ErasureOrder } from './ledger-store.ts'
import type { EntriesFor } from './request-store.ts'
import type { RedeemVerdict, RedemptionAttempt } from './token-store.ts'

export type AdministrativeChange =
  | { readonly kind: 'agent.add'; readonly agent: Agent; readonly credential: Credential; readonly hash: string }
  | {
      readonly kind: 'executor.add'
      readonly executor: Executor
      readonly credential: Credential
      readonly hash: string
    }
  | { readonly kind: 'agent.update'; readonly agent: Agent }
  | { readonly kind: 'executor.update'; readonly executor: Executor }
  | { readonly kind: 'credential.add'; readonly credential: Credential; readonly hash: string }
  /** Where the passkey waits for it. */
  | { readonly kind: 'approver.enrol'; readonly approver: ApproverRow; readonly passkey: Passkey }
  | PersonRemoval
  | { readonly kind: 'approver.recover'; readonly approver: string; readonly passkey: Passkey; readonly at: number }
  | { readonly kind: 'approver.restore'; readonly approver: string }
  | {
      readonly kind: 'approver.update'
      readonly approver: string
      readonly replaces: readonly Role[]
      readonly roles: readonly Role[]
      readonly at: number
    }
  | {
      readonly kind: 'key.rotate'
      readonly key: KeyLife
      readonly retire: readonly { kid: string; at: number }[]
    }
  /** Writes its entry alone. */
  | { readonly kind: 'log-key.announce' }
  | { readonly kind: 'payload.erase'; readonly order: ErasureOrder }
  | {
      readonly kind: 'killswitch.release'
      readonly ids: readonly string[]
      readonly atMs: number
      readonly request: string | null
    }
  | { readonly kind: 'policy.publish'; readonly policy: PolicyVersion }
  | { readonly kind: 'webhook.add'; readonly webhook: Webhook }
  /** `most`: how many groups there may be. */
  | { readonly kind: 'group.add'; readonly group: Group; readonly most: number }
  | { readonly kind: 'group.update'; readonly group: Group }
  | { readonly kind: 'group.remove'; readonly name: string; readonly at: number }
  /** `most`: how many directories there may be. */
  /** `groups`: those of its groups that people who are gone leave. */
  | {
      readonly kind: 'directory.add'
      readonly directory: Directory
      readonly most: number
      readonly groups: readonly Group[]
    }
  | { readonly kind: 'directory.update'; readonly directory: Directory; readonly groups: readonly Group[] }

/**
 * All agents that the person runs have to be named: those that are revoked with them, and those that somebody else runs
 * from then on, with a credential of their own.
 */
interface PersonRemoval {
  readonly kind: 'approver.remove'
  readonly approver: string
  readonly at: number
  readonly revoke: readonly string[]
  readonly heirs: readonly { readonly agent: string; readonly to: string }[]
}

/** A change with the entries that record it and what it ended, and the payloads that these name by digest. */
export interface RecordedChange {
  readonly change: AdministrativeChange
  readonly entries: readonly PreparedEntry[]
  readonly entriesFor?: EntriesFor
  readonly payloads?: readonly Payload[]
}

/** A credential or webhook to end, and the entry of its end. */
export interface EndedParty {
  readonly id: string
  readonly at: number
  readonly entries: readonly PreparedEntry[]
}

/** An agent or executor to end, by its id or audience. */
export interface RevokedParty {
  readonly id: string
  readonly at: number
  readonly entriesFor: EntriesFor
}

export interface ChangeStore {
  /**
   * Before the first admin only. `exists` for a taken id, `too_much` where all that is registered would be more than
   * `maxBytes`, so that the first admin could not be shown it.
   */
  administerAtBootstrap(
    change: RecordedChange & { readonly issuer: string; readonly maxBytes: number },
  ): Promise<{ readonly verdict: 'done' | 'admin_exists' | 'exists' | 'too_much' }>
  /**
   * Redeems the token, with the authority as its own executor, and makes the change, in one transaction. `exists` for a
   * taken id, or an executor that has this version or a newer one: nothing is spent then.
   */
  administer(
    change: RecordedChange & { readonly redeem: Omit<RedemptionAttempt, 'credentialHash'> },
  ): Promise<RedeemVerdict | { readonly verdict: 'exists' }>
  /** Ends the agent, its credentials, its pending requests (stopped) and its live tokens (revoked). */
  revokeAgent(agent: RevokedParty): Promise<boolean>
  /** The same for an executor: its credentials, the pending requests for it, its live tokens. */
  revokeExecutor(executor: RevokedParty): Promise<boolean>
  /** Takes an action out of an executor's catalogue; false where it offers no such action, or was revoked. */
  removeAction(removed: {
    readonly audience: string
    readonly name: string
    /** The entries, given the executor as it is without the action. */
    readonly entriesFor: (executor: Executor) => Promise<readonly PreparedEntry[]>
  }): Promise<boolean>
  revokeCredential(credential: EndedParty): Promise<boolean>
  /** Ends all delivery to it. */
  removeWebhook(webhook: EndedParty): Promise<boolean>
}
