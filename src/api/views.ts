/**
 * The authority's answers in the words of the wire: camelCase in, snake_case out.
 *
 * In: domain objects. Out: what the schemas in this folder describe. Decides nothing and leaves nothing secret in.
 */
import type { JsonObject } from '@countersign/verifier'
import type { z } from 'zod'
import type { ApprovalRequest } from '../domain/approval/approval-request.ts'
import type { Agent, Approver, Credential, Executor, Passkey } from '../domain/identity/parties.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { BatchAnswered } from './inbox-schemas.ts'
import type * as s from './schemas.ts'

/** Seconds an agent should leave between polls that do not wait. */
export const POLL_INTERVAL_SECONDS = 5

export function requestView(
  request: ApprovalRequest,
  issuer: string,
  token?: { readonly token: string; readonly expiresAt: number } | null,
): z.input<typeof s.RequestView> {
  return {
    id: request.id,
    state: request.state,
    decision: request.origin === 'policy' ? 'allow' : 'approval',
    trace: request.trace,
    txn: request.txn,
    audience: request.audience,
    name: request.name,
    digest: request.digest,
    agent: request.agent,
    actor: request.actor,
    principal: request.principal,
    quorum: request.origin === 'policy' ? 0 : request.terms.quorum,
    consents: request.consents,
    created_at: request.createdAt,
    expires_at: request.expiresAt,
    interval: POLL_INTERVAL_SECONDS,
    approval_uri: `${issuer}/approve/${request.id}`,
    ...(token ? { token: token.token, token_expires_at: token.expiresAt } : {}),
  }
}

type BatchVerdict = z.input<typeof BatchAnswered>['answers'][number]

export const batchAnswerView = (request: ApprovalRequest, refusal: Refusal | null): BatchVerdict => ({
  id: request.id,
  verdict: refusal ? 'refused' : 'consented',
  state: request.state,
  consents: request.consents,
  quorum: request.terms.quorum,
  ...(refusal ? { code: refusal.code, detail: refusal.message } : {}),
})

export const passkeyView = (passkey: Passkey): z.input<typeof s.PasskeyView> => ({
  id: passkey.credentialId,
  label: passkey.label,
  kid: passkey.key.kid,
  synced: passkey.key.be,
  created_at: passkey.createdAt,
  last_used_at: passkey.lastUsedAt,
  revoked_at: passkey.revokedAt,
})

export const credentialView = (credential: Credential) => ({
  id: credential.id,
  prefix: credential.prefix,
  created_at: credential.createdAt,
  expires_at: credential.expiresAt,
  revoked_at: credential.revokedAt,
  last_used_at: credential.lastUsedAt,
})

export const agentView = (agent: Agent & { readonly credentials: readonly Credential[] }) => ({
  id: agent.id,
  principals: [...agent.principals],
  run_by: agent.runBy,
  created_at: agent.createdAt,
  revoked_at: agent.revokedAt,
  credentials: agent.credentials.map(credentialView),
})

export const executorView = (executor: Executor & { readonly credentials: readonly Credential[] }) => ({
  audience: executor.audience,
  title: executor.title,
  catalogue: [...executor.catalogue],
  challenge_keys: executor.challengeKeys.map((key) => ({ ...key })),
  created_at: executor.createdAt,
  revoked_at: executor.revokedAt,
  credentials: executor.credentials.map(credentialView),
})

export const approverView = (
  approver: Approver & { readonly passkeys: readonly Passkey[]; readonly runs: readonly string[] },
) => ({
  id: approver.id,
  name: approver.name,
  roles: [...approver.roles],
  created_at: approver.createdAt,
  removed_at: approver.removedAt,
  runs: [...approver.runs],
  passkeys: approver.passkeys.map(passkeyView),
})

/** RFC 9457. `type` is a stable address within the documentation. */
export const problemBody = (
  issuer: string,
  problem: { readonly code: string; readonly status: number; readonly detail: string },
): JsonObject => ({
  type: `${issuer}/docs#${problem.code}`,
  title: problem.code.replaceAll('_', ' '),
  status: problem.status,
  code: problem.code,
  detail: problem.detail,
})
