/** A write of a directory: the resource before and after, and the dependencies. */
import type { JsonObject } from '@countersign/verifier'
import type { Provisioned } from '../../domain/identity/directories.ts'
import type { ResourceType } from '../../domain/scim/attributes.ts'
import type { GroupStore } from '../../store/contract/group-store.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { ProvisioningStore } from '../../store/contract/provisioning-store.ts'
import type { Uses } from '../deps.ts'

export type ProvisioningNeeds = Uses<
  ProvisioningStore & GroupStore & Pick<PeopleStore, 'listApprovers'>,
  'config' | 'log' | 'now' | 'logKey' | 'randomBytes'
>

/** A resource as it was read, and what it is to be; `attributes` null deletes it. */
export interface Change {
  readonly type: ResourceType
  readonly before: Provisioned | null
  readonly attributes: JsonObject | null
}
