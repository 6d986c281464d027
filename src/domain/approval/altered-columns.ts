/**
 * A request whose row was changed in the database, without what its columns say: they may hold anything, so nothing of
 * them is shown or followed. The groups that are still named can deny it, and so can admins. SPEC 8.1.
 */
import { isJsonObject } from '@countersign/verifier/authority'
import type { Terms } from '../policy/policy.ts'
import type { ApprovalRequest } from './approval-request.ts'
import { unknownEntry } from './new-request.ts'

/** Shown in place of words that were altered. */
export const ALTERED_WORDS = 'The stored words are not those that were recorded. They are not shown.'

type Columns = Pick<
  ApprovalRequest,
  'agent' | 'audience' | 'name' | 'act' | 'actors' | 'catalogueEntry' | 'executorTitle' | 'policies' | 'why' | 'terms'
>

/** `words` stand in place of the policy's reason. The action counts as one that no catalogue has. */
export const withoutAltered = <Row extends Columns>(row: Row, words: string): Row => ({
  ...row,
  ...{
    act: { sub: row.agent },
    actors: [],
    catalogueEntry: unknownEntry(row.name),
    executorTitle: row.audience,
    policies: [],
    why: words,
    terms: termsOf(groupsNamed(row.terms)),
  },
})

/** The same of a request that the log's key did not seal, or whose call is not the one that its digest is of. */
export const asAltered = <Request extends ApprovalRequest>(request: Request): Request => ({
  ...withoutAltered(request, ALTERED_WORDS),
  altered: true,
  action: null,
  reason: request.reason === null ? null : ALTERED_WORDS,
  preview: request.preview && { ...request.preview, content: null },
})

function groupsNamed(terms: unknown): readonly string[] {
  const approvers = isJsonObject(terms) ? terms['approvers'] : null
  if (!Array.isArray(approvers)) return []
  const named = approvers.flatMap((one: unknown) => (isJsonObject(one) ? one['groups'] : null))
  return named.filter((group) => typeof group === 'string')
}

const termsOf = (groups: readonly string[]): Terms => ({
  approvers: [{ groups: [...new Set([...groups, 'admin'])], count: 1 }],
  ordered: false,
  quorum: 1,
  ttlSeconds: 0,
  uses: 1,
  actor: null,
  selfApproval: false,
  stateRequired: false,
  typedTarget: false,
})
