/**
 * Directories and what they keep here, in the store's contract. What a directory says and what becomes of it commit
 * together: the membership of a group, the end of all rights of a person. SPEC 10.10.
 */
import type { Directory, Provisioned } from '../../domain/identity/directories.ts'
import type { Group } from '../../domain/identity/groups.ts'
import type { PreparedEntry } from '../../domain/ledger/entry.ts'
import type { EndedParty } from './change-store.ts'
import type { Endings } from './request-store.ts'

/** Narrows a list; a member that is null narrows nothing. */
export interface ProvisionedQuery extends Pick<Provisioned, 'directory' | 'kind'> {
  readonly id: string | null
  readonly key: string | null
  readonly externalId: string | null
}

/** One write of a directory. */
export interface ProvisionedWrite {
  /** As it is from then on. */
  readonly resource: Provisioned
  /** The version that was read; null for a new one. */
  readonly before: number | null
  readonly isDeleted: boolean
  /** How many of its kind there may be. */
  readonly most: number
  /** The groups that change, as they are from then on, each with its next version. */
  readonly groups: readonly Group[]
  /** What becomes of the person with this id, if they are enrolled. */
  readonly person: 'suspended' | 'removed' | null
  readonly at: number
  /** `ended`: null where no person was suspended or removed. */
  readonly entriesFor: (ended: Endings | null) => Promise<readonly PreparedEntry[]>
}

/** `stale`: the resource or group has changed since it was read. Nothing is written but by `written`. */
export type ProvisionedVerdict = 'written' | 'exists' | 'full' | 'stale' | 'last_admin'

export interface ProvisioningStore {
  /** The live directory with this credential. */
  directoryOfSecret(secret: { readonly hash: string; readonly now: number }): Promise<Directory | undefined>
  directory(name: string): Promise<Directory | undefined>
  /** Those that are not revoked, by name. */
  listDirectories(): Promise<readonly Directory[]>
  /** What it has written stays as it is. */
  revokeDirectory(directory: EndedParty): Promise<boolean>
  /** By age. */
  provisioned(query: ProvisionedQuery): Promise<readonly Provisioned[]>
  /** Those of the ids that are people of the directory, or of any. */
  provisionedAmong(query: {
    readonly directory: string | null
    readonly ids: readonly string[]
  }): Promise<readonly string[]>
  /** The person of any directory with this id. */
  provisionedPerson(id: string): Promise<Provisioned | undefined>
  /** People of directories who are not enrolled, of all directories, by age. */
  awaitedPeople(): Promise<readonly Provisioned[]>
  /** Of all directories, by id. */
  allProvisioned(): Promise<readonly Provisioned[]>
  /** Another seal over the same, where it was not written meanwhile. */
  resealProvisioned(row: Pick<Provisioned, 'id' | 'version' | 'seal'>): Promise<void>
  writeProvisioned(write: ProvisionedWrite): Promise<ProvisionedVerdict>
}
