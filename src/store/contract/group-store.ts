/** Groups of people in the store's contract. They are changed by `administer`. SPEC 10, 11. */
import type { Group } from '../../domain/identity/groups.ts'

export interface GroupStore {
  /** Also one that was removed, whose version goes on counting. */
  group(name: string): Promise<Group | undefined>
  /** Those that were not removed, by name. */
  listGroups(): Promise<readonly Group[]>
}
