/**
 * Seals rows with every key of the log at a start while two keys sign, so that the seals hold once the older
 * key is gone. SPEC 10.4.
 */
import { plainJson } from '../../domain/action/plain-json.ts'
import { newTrace } from '../../domain/approval/approval-request.ts'
import type { ConfigurationRow } from '../../domain/identity/configuration-rows.ts'
import { prepareEntry } from '../../domain/ledger/entry.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { Uses } from '../deps.ts'
import { isProvenAlone } from './sealed-facts.ts'

type SealNeeds = Uses<Pick<EntryStore, 'appendEntries'>, 'logKey' | 'now' | 'randomBytes'>

export async function sealAnew(
  { store, logKey, now, randomBytes }: SealNeeds,
  rows: readonly ConfigurationRow[],
): Promise<void> {
  const trace = newTrace(randomBytes)
  const kept = rows.filter((row) => row.kind === 'credential' || isProvenAlone(row))
  const entries = kept.map(async (row) => {
    const { kind, id, content } = row
    const seal = await sealRow(logKey, row)
    return kind === 'credential'
      ? prepareEntry('credential.sealed', now(), trace, { credential: id, ...content, seal })
      : prepareEntry('configuration.sealed', now(), trace, {
          kind,
          subject: id,
          content: plainJson(content ?? {}),
          seal,
        })
  })
  if (entries.length > 0) await store.appendEntries(await Promise.all(entries))
}
