/** The store's verbs on calls that an executor asked about: no request, no token. SPEC 11.3. */
import type { PreparedEntry } from '../../domain/ledger/entry.ts'

export interface AskedParties {
  readonly agent: string
  readonly principal: string
  /** The executor's audience. */
  readonly executor: string
  readonly name: string
  /** Hash of the executor's credential: its validity is part of the deciding statement. */
  readonly credentialHash: string
  /** Hash of the credential that the agent called the executor with, likewise; null where it stated none. */
  readonly agentCredentialHash: string | null
  readonly now: number
  /** The redemption of which the call is a later round; null where it is a call of its own. */
  readonly continued: RedeemedCall | null
}

export interface RedeemedCall {
  readonly jti: string
  readonly use: number
  readonly request: string
  readonly trace: string
  readonly grant: string | null
}

export interface AllowedCall extends AskedParties {
  /** What the policy saw, and the policy: another version in the database is verdict `stale`. */
  readonly agentVersion: number
  readonly executorVersion: number
  readonly policyVersion: number
  /** The number of people as the policy read it, the same way; null where it read none. */
  readonly people: number | null
  readonly entry: PreparedEntry
}

/** Why nobody may call, whatever the policy says: one of the credentials, a kill switch, or a revocation of what goes on. */
export type Barred = 'unauthenticated' | 'agent_unauthenticated' | 'killed' | 'revoked'

export type AllowedCallVerdict = 'recorded' | Barred | 'stale'

export interface AllowedCallStore {
  /** One statement decides and writes the entry. `stale`: a party, the policy or the people changed, somebody left, or its outcome is known. */
  recordAllowedCall(call: AllowedCall): Promise<AllowedCallVerdict>
  /** The same conditions of a call that the policy does not allow at once; null where there is nothing against it. */
  barredFrom(call: AskedParties): Promise<Barred | null>
}
