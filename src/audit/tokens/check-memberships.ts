/**
 * Checks that a log key sealed every membership that a directory wrote, so none was inserted into the database. SPEC
 * 10.10.
 */
import { digestOf } from '@countersign/verifier'
import type { NoteKey } from '@countersign/verifier/proof'
import type { Facts } from '../facts/ledger-facts.ts'
import type { Findings } from '../finding.ts'
import { isSealedBySome } from './check-seals.ts'

export async function checkMemberships(facts: Facts, findings: Findings, keys: readonly NoteKey[]): Promise<void> {
  for (const { index, content, seal } of facts.sealedMemberships) {
    const id = String(content['group'] ?? '')
    if (await isSealedBySome(await digestOf({ kind: 'membership', id, content }), seal, keys)) continue
    findings.report({ code: 'membership_unsealed', index, at: null, subject: id, detail: '' })
  }
}
