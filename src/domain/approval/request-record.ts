/**
 * The record of a request: a digest of all that stays the same from its opening on, whatever a page, a statement or a
 * decision reads of it. The entry `request.decided` names it. SPEC 8.1.
 */
import { base64urlEncode, type Digest, sha256 } from '@countersign/verifier'
import { groupsAsked } from '../policy/policy.ts'
import type { ApprovalRequest } from './approval-request.ts'

/** The columns that the digest covers, in its order. The store compares the same list. */
export const RECORDED = [
  ...['id', 'txn', 'door', 'origin', 'agent', 'actor', 'act', 'actors', 'principal', 'audience', 'executorTitle'],
  ...['name', 'digest', 'catalogueEntry', 'previewBy', 'previewDigest', 'stateDigest', 'policy', 'policyVersion'],
  ...['policies', 'why', 'terms', 'groups', 'quorum', 'effect', 'irreversible', 'createdAt', 'expiresAt'],
  ...['challengeIssuer', 'challengeJti', 'grant', 'jkt', 'undoes', 'proposedBy', 'changes', 'changedBy', 'round'],
]

/** Columns that repeat members of the request for indexes and guards. */
export const repeatedColumns = ({ terms, catalogueEntry: { effect, reversible } }: Repeated) => ({
  groups: groupsAsked(terms),
  quorum: terms.quorum,
  effect,
  // Nothing says that it can be undone.
  irreversible: effect !== 'read' && reversible !== true,
})

type Repeated = Pick<ApprovalRequest, 'terms' | 'catalogueEntry'>

/** `challenge`: the executor's, which opened it. */
export async function recordDigest(
  request: ApprovalRequest,
  challenge: { readonly issuer: string; readonly jti: string } | null,
): Promise<Digest> {
  const derived: Columns = {
    ...repeatedColumns(request),
    previewBy: request.preview?.by,
    previewDigest: request.preview?.digest,
    challengeIssuer: challenge?.issuer,
    challengeJti: challenge?.jti,
  }
  return `sha-256:${base64urlEncode(await sha256(recordText(derived, request)))}`
}

type Columns = Readonly<Record<string, unknown>>

/** What the digest is of. A column is taken from the first that has it. */
export const recordText = (derived: Columns, request: object): string => {
  const columns = request as Columns
  const column = (name: string) => (name in derived ? derived : columns)[name] ?? null
  return `[${RECORDED.map((name) => JSON.stringify(column(name))).join(', ')}]`
}
