/** Checks that a key of the log sealed every credential of software, so that none was made in the database. SPEC 10.4. */
import { digestOf } from '@countersign/verifier'
import { type NoteKey, ProofError, verifySeal } from '@countersign/verifier/proof'
import type { CredentialFact, Facts } from '../facts/ledger-facts.ts'
import type { Findings } from '../finding.ts'

export async function checkCredentials(facts: Facts, findings: Findings, keys: readonly NoteKey[]): Promise<void> {
  for (const [id, credential] of facts.credentials) {
    if (await isSealed(id, credential, keys)) continue
    const detail = `for ${credential.content['subject']}`
    findings.report({ code: 'credential_unsealed', index: credential.index, at: null, subject: id, detail })
  }
}

async function isSealed(id: string, { content, seals }: CredentialFact, keys: readonly NoteKey[]): Promise<boolean> {
  const digest = await digestOf({ kind: 'credential', id, content })
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
