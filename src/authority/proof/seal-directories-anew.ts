/**
 * Seals memberships from directories with every key of the log at a start while two keys sign, so that the seals hold
 * once the older key is gone. SPEC 10.10.
 */
import type { JsonObject } from '@countersign/verifier'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { provisionedRow } from '../../domain/identity/configuration-rows.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { noteKeysOf } from '../../domain/ledger/log-key.ts'
import { membershipRow, sealedBy, sealRow } from '../../domain/ledger/row-seal.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { ProvisioningStore } from '../../store/contract/provisioning-store.ts'
import type { Uses } from '../deps.ts'

type SealNeeds = Uses<Pick<EntryStore, 'appendEntries'> & ProvisioningStore, 'logKey' | 'now' | 'randomBytes'>

/** `memberships`: of entries that not every key sealed. */
export async function sealDirectoriesAnew(deps: SealNeeds, memberships: readonly JsonObject[]): Promise<void> {
  const { store, logKey, now, randomBytes } = deps
  if (logKey.beside.length === 0) return
  for (const row of await store.allProvisioned()) {
    const sealable = provisionedRow(row)
    const seals = await sealedBy(noteKeysOf(logKey), sealable, row.seal)
    if (seals > 0 && seals <= logKey.beside.length) {
      await store.resealProvisioned({ ...row, seal: await sealRow(logKey, sealable) })
    }
  }
  const trace = newTrace(randomBytes)
  const entries = memberships.map(async ({ v: _, at: __, ...said }) => {
    const seal = await sealRow(logKey, membershipRow(said))
    return prepareEntry('group.synced', now(), trace, { ...said, seal })
  })
  if (entries.length > 0) await store.appendEntries(await Promise.all(entries))
}
