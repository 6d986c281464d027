/**
 * Seals credentials with every key of the log at a start while two keys sign, so that the seals hold once the older
 * key is gone. SPEC 10.4.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { ConfigurationRow } from '../../domain/identity/configuration-rows.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { Uses } from '../deps.ts'

type SealNeeds = Uses<Pick<EntryStore, 'appendEntries'>, 'logKey' | 'now' | 'randomBytes'>

export async function sealAnew(
  { store, logKey, now, randomBytes }: SealNeeds,
  rows: readonly ConfigurationRow[],
): Promise<void> {
  const trace = newTrace(randomBytes)
  const credentials = rows.filter(({ kind }) => kind === 'credential')
  const entries = credentials.map(async (row) => {
    const members = { credential: row.id, ...row.content, seal: await sealRow(logKey, row) }
    return prepareEntry('credential.sealed', now(), trace, members)
  })
  if (entries.length > 0) await store.appendEntries(await Promise.all(entries))
}
