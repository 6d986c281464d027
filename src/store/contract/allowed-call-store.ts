/** The store's verb on calls that an executor asked about and policy allowed: no request, no token. SPEC 11.3. */
import type { PreparedEntry } from '../../domain/ledger/entry.ts'

export interface AllowedCall {
  readonly agent: string
  readonly principal: string
  /** The executor's audience. */
  readonly executor: string
  readonly name: string
  /** Hash of the executor's credential: its validity is part of the deciding statement. */
  readonly credentialHash: string
  /** What the policy saw, and the policy: another version in the database is verdict `stale`. */
  readonly agentVersion: number
  readonly executorVersion: number
  readonly policyVersion: number
  /** The number of people as the policy read it, the same way; null where it read none. */
  readonly people: number | null
  readonly now: number
  readonly entry: PreparedEntry
}

export type AllowedCallVerdict = 'recorded' | 'unauthenticated' | 'killed' | 'stale'

export interface AllowedCallStore {
  /** One statement decides and writes the entry. `stale`: a party, the policy or the people changed, or somebody left. */
  recordAllowedCall(call: AllowedCall): Promise<AllowedCallVerdict>
}
