/**
 * Seals rows that a seal proves, and the keys of the log themselves, with every key of the log at a start while two keys
 * sign, so that seals of the older key hold once it is gone. SPEC 8.1, 10.4.
 */
import { plainJson } from '../../domain/action/plain-json.ts'
import { newTrace } from '../../domain/approval/approval-request.ts'
import { type ConfigurationRow, logKeyRow } from '../../domain/identity/configuration-rows.ts'
import { type EntryMembers, type EntryType, prepareEntry } from '../../domain/ledger/entry.ts'
import { vkeysOf } from '../../domain/ledger/log-key.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import type { Uses } from '../deps.ts'
import type { InForce } from './proven-rows.ts'
import { isProvenAlone } from './sealed-facts.ts'

type SealNeeds = Uses<Pick<EntryStore, 'appendEntries'>, 'logKey' | 'now' | 'randomBytes'>

/** `inForce`: of which keys it is known already that they are the log's. */
export async function sealAnew(
  { store, logKey, now, randomBytes }: SealNeeds,
  inForce: Pick<InForce, 'holds'>,
  rows: readonly ConfigurationRow[],
): Promise<void> {
  const trace = newTrace(randomBytes)
  const keys =
    logKey.beside.length === 0
      ? []
      : vkeysOf(logKey)
          .map(logKeyRow)
          .filter((row) => !inForce.holds(row))
  const entries = [...rows, ...keys].flatMap((row) => {
    const sealed = async (type: EntryType, members: EntryMembers) =>
      prepareEntry(type, now(), trace, { ...members, seal: await sealRow(logKey, row) })
    const { kind, id } = row
    const content = plainJson(row.content ?? {})
    if (kind === 'logkey') return [sealed('logkey.sealed', content)]
    if (isProvenAlone(row)) return [sealed('configuration.sealed', { kind, subject: id, content })]
    return kind === 'credential' ? [sealed('credential.sealed', { credential: id, ...content })] : []
  })
  if (entries.length > 0) await store.appendEntries(await Promise.all(entries))
}
