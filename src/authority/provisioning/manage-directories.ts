/** Directories as admins see them: listed, and revoked at once, which needs no consent. SPEC 10.10. */

import { newTrace } from '../../domain/approval/approval-request.ts'
import { hashSecret } from '../../domain/identity/credential.ts'
import type { Directory, Provisioned } from '../../domain/identity/directories.ts'
import { byMember, type Initiator } from '../../domain/identity/parties.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { ProvisioningStore } from '../../store/contract/provisioning-store.ts'
import type { Uses } from '../deps.ts'

type Needs = Uses<ProvisioningStore, 'log' | 'now' | 'randomBytes'>

export interface DirectoryOverview {
  readonly directories: readonly Directory[]
  /** People whom a directory named, and who are not enrolled. */
  readonly awaited: readonly Provisioned[]
}

export async function listDirectories({ store }: Needs): Promise<DirectoryOverview> {
  const [directories, awaited] = await Promise.all([store.listDirectories(), store.awaitedPeople()])
  return { directories, awaited }
}

/** Leaves people and their groups as they are. Refuses: `not_found`. */
export async function revokeDirectory(
  { store, log, now, randomBytes }: Needs,
  by: Initiator,
  name: string,
): Promise<Result<true>> {
  const trace = newTrace(randomBytes)
  const entry = await prepareEntry('directory.removed', now(), trace, { directory: name, ...byMember(by) })
  if (!(await store.revokeDirectory({ id: name, at: now(), entries: [entry] }))) {
    return refuse('not_found', 'There is no directory of that name, or it is revoked already.')
  }
  log.warn('directory.revoked', { directory: name, trace })
  return ok(true)
}

export const directoryOfSecret = async (
  { store, now }: Uses<ProvisioningStore, 'now'>,
  secret: string,
): Promise<Directory | undefined> => store.directoryOfSecret({ hash: await hashSecret(secret), now: now() })
