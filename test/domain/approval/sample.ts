/** A small cast for pure tests: an agent, an executor, an action between them, and a request about it. */
import { type ActionSpec, actionDigest, type Digest } from '@countersign/verifier'
import type { ApprovalRequest } from '../../../src/domain/approval/approval-request.ts'
import { openedRequest, type Proposal } from '../../../src/domain/approval/new-request.ts'
import type { Agent, Approver, Executor } from '../../../src/domain/identity/parties.ts'
import type { Terms } from '../../../src/domain/policy/policy.ts'

export const NOW = 1_800_000_000
export const ISSUER = 'https://approve.example'
export const REQUEST = 'AAECAwQFBgcICQoLDA0ODw'
export const DIGEST: Digest = `sha-256:${'A'.repeat(43)}`

export const agentNamed = (id: string, more: Partial<Agent> = {}): Agent => ({
  id,
  principals: [id, 'ada'],
  executors: ['https://forum.example'],
  groups: [],
  runBy: null,
  version: 1,
  createdAt: NOW - 100,
  revokedAt: null,
  ...more,
})

export const forum = (more: Partial<Executor> = {}): Executor => ({
  audience: 'https://forum.example',
  title: 'The forum',
  catalogue: [
    { name: 'forum.post', effect: 'write', reversible: true, title: 'Publish a reply' },
    { name: 'forum.read', effect: 'read', reversible: true },
    { name: 'forum.delete', effect: 'destructive', reversible: false },
  ],
  challengeKeys: [],
  version: 1,
  createdAt: NOW - 100,
  revokedAt: null,
  ...more,
})

export const approver = (id: string, more: Partial<Approver> = {}): Approver => ({
  id,
  name: id,
  roles: ['approver'],
  groups: [],
  createdAt: NOW - 100,
  suspendedAt: null,
  removedAt: null,
  absence: null,
  standsFor: [],
  ...more,
})

export const ACTION: ActionSpec = {
  name: 'forum.post',
  resource: 'forum:eng/threads/42',
  arguments: { text: 'Hello' },
  salt: REQUEST,
}

export const TERMS: Terms = {
  approvers: [{ groups: ['approver'], count: 1 }],
  ordered: false,
  quorum: 1,
  ttlSeconds: 120,
  uses: 1,
  actor: null,
  selfApproval: false,
  stateRequired: false,
  typedTarget: false,
}

/** As a policy answers, with these terms. */
export const permitted = <Effect extends 'allow' | 'approval'>(effect: Effect, terms: Terms = TERMS) => ({
  effect,
  policy: DIGEST,
  policies: ['some'],
  reason: 'The policy says so.',
  terms,
})

export const quorumOf = (count: number): Pick<Terms, 'approvers' | 'quorum'> => ({
  approvers: [{ groups: ['approver'], count }],
  quorum: count,
})

export const asked = (more: Partial<Proposal> = {}): Proposal => ({
  id: REQUEST,
  txn: REQUEST,
  undoes: null,
  proposedBy: null,
  change: null,
  within: null,
  door: 'agent',
  agent: agentNamed('helpdesk-agent'),
  executor: forum(),
  principal: 'ada',
  act: { sub: 'helpdesk-agent' },
  actors: [],
  action: ACTION,
  digest: DIGEST,
  bounds: null,
  jkt: null,
  preview: null,
  stateDigest: null,
  reason: null,
  now: NOW,
  expiresAt: NOW + 900,
  ...more,
})

export const POLICY = { version: 1, authority: ISSUER }

/** A pending request with a true digest. */
export async function request(more: Partial<ApprovalRequest> = {}): Promise<ApprovalRequest> {
  const digest = await actionDigest(ACTION, forum().audience)
  const opened = await openedRequest(asked({ digest }), permitted('approval'), POLICY)
  return { ...opened, ...more }
}
