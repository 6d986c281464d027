/**
 * Proves a group membership that a directory wrote: the log's key signed it, and an approved change registered the
 * directory for this group. SPEC 10.4, 10.10.
 */
import type { JsonObject } from '@countersign/verifier'
import type { NoteKey } from '@countersign/verifier/proof'
import { type ConfigurationRow, endedRow, groupRow } from '../../domain/identity/configuration-rows.ts'
import { membershipRow, sealedBy } from '../../domain/ledger/row-seal.ts'
import { insistOn } from './prove-change.ts'
import type { InForce } from './proven-rows.ts'
import { objectOf, textOf } from './safer-facts.ts'

interface Membership {
  readonly group: string
  readonly version: number
  readonly row: ConfigurationRow
  /** How many keys of the log sealed it. */
  readonly seals: number
}

/** `members`: those of the entry without `v`, `at`, `type` and `trace`. Throws `Unproven`. */
export async function proveMembership(
  logKeys: readonly NoteKey[],
  inForce: InForce,
  { v: _, at: __, ...members }: JsonObject,
): Promise<Membership> {
  const group = textOf(members, 'group')
  const kept = inForce.present('directory', textOf(members, 'directory'))?.['groups']
  const mayKeep = Array.isArray(kept) && kept.some((one) => objectOf(one)['group'] === group)
  insistOn(mayKeep, 'nobody consented that this directory keeps this group')
  const seals = await sealedBy(logKeys, membershipRow(members), textOf(members, 'seal'))
  insistOn(seals > 0, 'the key of the log did not seal it')
  const list = Array.isArray(members['members']) ? members['members'].map(String) : []
  const row = members['removed'] === true ? endedRow('group', group) : groupRow({ name: group, members: list })
  return { group, version: Number(members['version']), row, seals }
}
