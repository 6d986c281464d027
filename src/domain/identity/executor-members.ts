/** An executor as entries of the ledger hold it: by the digest of its whole row, and the names of its keys. SPEC 8, 10. */
import type { Digest } from '@countersign/verifier'
import { executorDigest } from '@countersign/verifier/authority'
import { plainJson } from '../action/plain-json.ts'
import type { Executor } from './parties.ts'

type ExecutorContent = Pick<Executor, 'audience' | 'title' | 'catalogue' | 'challengeKeys'>

type ExecutorMembers = {
  readonly executor: string
  readonly row: Digest
  readonly challenge_keys: string[]
}

export async function executorMembers(executor: ExecutorContent): Promise<ExecutorMembers> {
  const { audience, title, catalogue, challengeKeys } = executor
  const row = await executorDigest({
    executor: audience,
    title,
    catalogue: catalogue.map(plainJson),
    challenge_keys: challengeKeys.map(plainJson),
  })
  return { executor: audience, row, challenge_keys: challengeKeys.map(({ kid }) => kid) }
}
