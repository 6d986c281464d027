/**
 * Checks that a log key sealed every row that needs no consent, so none was inserted into the database. Erasures are
 * never sealed anew, so for them the former keys count that the log sealed. SPEC 8.1, 10.4.
 */
import { type NoteKey, ProofError, parseNoteKey, verifySeal } from '@countersign/verifier/proof'
import type { Facts, SealedFact } from '../facts/ledger-facts.ts'
import type { Findings } from '../finding.ts'

export async function checkSeals(facts: Facts, findings: Findings, keys: readonly NoteKey[]): Promise<void> {
  const withFormer = [...keys, ...(await formerKeys(facts, keys))]
  for (const sealed of facts.sealed.values()) {
    const { code, index, kind, id } = sealed
    if (await isSealed(sealed, kind === 'erased' ? withFormer : keys)) continue
    findings.report({ code, index, at: null, subject: id, detail: `the key of the log did not seal this ${kind}` })
  }
}

async function formerKeys(facts: Facts, keys: readonly NoteKey[]): Promise<readonly NoteKey[]> {
  const former: NoteKey[] = []
  for (const sealed of facts.sealed.values()) {
    if (sealed.kind === 'logkey' && (await isSealed(sealed, keys))) former.push(await parseNoteKey(sealed.id))
  }
  return former
}

async function isSealed({ digest, seals }: SealedFact, keys: readonly NoteKey[]): Promise<boolean> {
  for (const seal of seals) if (await isSealedBySome(digest, seal, keys)) return true
  return false
}

/** Whether one of the keys sealed this digest. */
export async function isSealedBySome(digest: string, seal: string, keys: readonly NoteKey[]): Promise<boolean> {
  try {
    return (await verifySeal(digest, seal, keys)).length > 0
  } catch (error) {
    if (error instanceof ProofError) return false
    throw error
  }
}
