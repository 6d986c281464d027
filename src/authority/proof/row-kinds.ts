/**
 * The kinds of proven rows: when a row of the database gives a right, and which of its members a proof has to produce.
 * SPEC 10.4.
 */
import type { Absence } from '../../domain/identity/absence.ts'
import type { AgentSession } from '../../domain/identity/agent-session.ts'
import {
  absenceRow,
  agentRow,
  agentSessionRow,
  type ConfigurationRow,
  credentialRow,
  directoryRow,
  erasureRow,
  executorRow,
  groupRow,
  passkeyRow,
  personRow,
  policyRow,
  signingKeyRow,
  webhookRow,
} from '../../domain/identity/configuration-rows.ts'
import type { Directory } from '../../domain/identity/directories.ts'
import type { Group } from '../../domain/identity/groups.ts'
import { isOwnAgent } from '../../domain/identity/own-agents.ts'
import type { Agent, Approver, Executor, Passkey, Webhook } from '../../domain/identity/parties.ts'
import type { PolicyVersion } from '../../domain/policy/policy.ts'
import type { KeyLife } from '../../domain/token/signing-keys.ts'
import type { ErasureOrder } from '../../store/contract/ledger-store.ts'
import type { CredentialInUse } from '../../store/contract/proof-store.ts'

/** A row of one kind: whether it still has a right, and what of it has to be proven. */
export interface Kind<T> {
  readonly isLive: (row: T) => boolean
  readonly rowOf: (row: T) => ConfigurationRow
}

export const AGENT: Kind<Agent> = {
  isLive: ({ id, revokedAt }) => revokedAt === null && !isOwnAgent(id),
  rowOf: agentRow,
}
export const CREDENTIAL: Kind<CredentialInUse> = { isLive: ({ revokedAt }) => revokedAt === null, rowOf: credentialRow }
export const EXECUTOR: Kind<Executor> = { isLive: ({ revokedAt }) => revokedAt === null, rowOf: executorRow }
export const PERSON: Kind<Approver> = {
  isLive: ({ suspendedAt, removedAt }) => (suspendedAt ?? removedAt) === null,
  rowOf: personRow,
}
export const PASSKEY: Kind<Passkey> = { isLive: ({ revokedAt }) => revokedAt === null, rowOf: passkeyRow }

export const WEBHOOK: Kind<Webhook> = { isLive: ({ removedAt }) => removedAt === null, rowOf: webhookRow }

export const POLICY: Kind<PolicyVersion> = { isLive: () => true, rowOf: policyRow }

export const GROUP: Kind<Group> = { isLive: ({ removedAt }) => removedAt === null, rowOf: groupRow }

export const DIRECTORY: Kind<Directory> = { isLive: ({ revokedAt }) => revokedAt === null, rowOf: directoryRow }

/** Retired or not: the end of a key would bring back the one that it superseded. */
export const SIGNING_KEY: Kind<KeyLife> = { isLive: () => true, rowOf: signingKeyRow }

/** One that is not carried out yet. */
export const ERASURE: Kind<ErasureOrder> = { isLive: () => true, rowOf: erasureRow }

/** Ended or not: what its deputy did meanwhile rests on it. */
export const ABSENCE: Kind<Absence> = { isLive: () => true, rowOf: absenceRow }

/** Ended or not: requests that were opened in it show its purpose. */
export const SESSION: Kind<AgentSession> = { isLive: () => true, rowOf: agentSessionRow }
