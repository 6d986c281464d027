/** Checks that a log key sealed every row that needs no consent, so none was inserted into the database. SPEC 10.4. */
import { digestOf } from '@countersign/verifier'
import { type NoteKey, ProofError, verifySeal } from '@countersign/verifier/proof'
import type { Facts, SealedFact } from '../facts/ledger-facts.ts'
import type { Findings } from '../finding.ts'

export async function checkSeals(facts: Facts, findings: Findings, keys: readonly NoteKey[]): Promise<void> {
  for (const sealed of facts.sealed.values()) {
    if (await isSealed(sealed, keys)) continue
    const { code, index, kind, id } = sealed
    findings.report({ code, index, at: null, subject: id, detail: `the key of the log did not seal this ${kind}` })
  }
}

async function isSealed({ kind, id, content, seals }: SealedFact, keys: readonly NoteKey[]): Promise<boolean> {
  const digest = await digestOf({ kind, id, content })
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
