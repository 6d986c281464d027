/** Reading what proves the configuration: the entries about it, and what the first admin was shown. SPEC 10.4. */
import type { CredentialContent } from '../../domain/identity/configuration-rows.ts'
import type { StoredEntry } from '../../domain/ledger/entry.ts'

/** `leafIndex`: null while it is not sequenced. */
export interface ConfigurationEntry extends StoredEntry {
  readonly leafIndex: number | null
}

export interface CredentialInUse extends CredentialContent {
  readonly revokedAt: number | null
}

export interface ProofStore {
  /** Those that are not revoked and have not expired. */
  credentialsInUse(now: number): Promise<readonly CredentialInUse[]>
  /** Entries about configuration with an id over `after`: those of the log in its order, then the others. */
  configurationEntries(after: number): Promise<readonly ConfigurationEntry[]>
  /** The text of what this first admin was shown, as a payload. */
  shownToFirstAdmin(approver: string): Promise<string | undefined>
}
