/**
 * Rows of configuration as proofs know them: a kind, an id, and all of the row that decides anything. An approved change
 * makes such rows from its arguments, and a row of the database counts only while it says the same. One function a kind.
 * SPEC 10.4.
 */
import type { JsonObject } from '@countersign/verifier'
import { plainJson } from '../action/plain-json.ts'
import type { Absence } from './absence.ts'
import type { AgentSession } from './agent-session.ts'
import type { Directory, Provisioned } from './directories.ts'
import type { Group } from './groups.ts'
import type { Agent, Credential, Executor, Passkey, Webhook } from './parties.ts'

export type RowKind =
  | 'absence'
  | 'acknowledgement'
  | 'agent'
  | 'agentsession'
  | 'breakglass'
  | 'credential'
  | 'directory'
  | 'erasure'
  | 'executor'
  | 'group'
  | 'history'
  | 'killswitch'
  | 'left'
  | 'logkey'
  | 'name'
  | 'passkey'
  | 'person'
  | 'policy'
  | 'policyversion'
  | 'provisioned'
  | 'signingkey'
  | 'webhook'

export interface ConfigurationRow {
  readonly kind: RowKind
  readonly id: string
  /** What counts of it is its JSON. Null where the change takes the row out of force. */
  readonly content: object | null
}

/** What was in force before a change: the content of a row; undefined for one that was not. */
export type Present = (kind: RowKind, id: string) => JsonObject | undefined

const row = (kind: RowKind, id: string, content: object | null): ConfigurationRow => ({ kind, id, content })

/** What the totals of a scope say; no consent makes them. */
export const historyRow = (scope: string, total: number) => row('history', scope, { total })

type AgentContent = Pick<Agent, 'id' | 'principals' | 'executors' | 'groups' | 'runBy'>

export const agentRow = ({ id, principals, executors, groups, runBy }: AgentContent) =>
  row('agent', id, { principals, executors, groups, run_by: runBy })

type ExecutorContent = Pick<Executor, 'audience' | 'title'> & {
  readonly catalogue: readonly object[]
  readonly challengeKeys: readonly object[]
}

export const executorRow = ({ audience, title, catalogue, challengeKeys }: ExecutorContent) =>
  row('executor', audience, { title, catalogue, challenge_keys: challengeKeys })

interface PersonContent {
  readonly id: string
  readonly roles: readonly string[]
  readonly suspendedAt: number | null
}

export const personRow = ({ id, roles, suspendedAt }: PersonContent) =>
  row('person', id, { roles, suspended: suspendedAt !== null })

/** A person who was removed, and does not return. */
export const leftRow = (id: string) => row('left', id, { removed: true })

/** The thumbprint names the key itself. */
type PasskeyContent = Pick<Passkey, 'approver'> & { readonly key: Pick<Passkey['key'], 'kid' | 'be'> }

export const passkeyRow = ({ approver, key: { kid, be } }: PasskeyContent) => row('passkey', kid, { approver, be })

type DirectoryContent = Pick<Directory, 'name' | 'groups' | 'secret' | 'expiresAt'>

/** The digest of its credential is part of it: nobody can give a directory another one without consent. */
export const directoryRow = ({ name, groups, secret, expiresAt }: DirectoryContent) =>
  row('directory', name, {
    groups: groups.map(({ group, displayName }) => ({ group, display_name: displayName })),
    secret,
    expires: expiresAt,
  })

/** What the seal of a person or group of a directory covers. No approved change makes such rows. */
export const provisionedRow = ({ seal: _, createdAt, modifiedAt: __, externalId, ...said }: Provisioned) =>
  row('provisioned', said.id, { ...said, external_id: externalId, created: createdAt })

export const groupRow = ({ name, members }: Pick<Group, 'name' | 'members'>) => row('group', name, { members })

/** An absence that has ended still says when: consents that its deputy gave before count. */
export const absenceRow = ({ id, approver, deputy, fromAt, untilAt, endedAt }: Omit<Absence, 'statedAt'>) =>
  row('absence', id, { approver, deputy, from: fromAt, until: untilAt, ended: endedAt })

/** One that has ended still says when: requests that were opened in it show its purpose. */
export const agentSessionRow = ({ id, agent, openedBy, openedAt, endsAt, endedAt }: Omit<AgentSession, 'purpose'>) =>
  row('agentsession', id, { agent, approver: openedBy, opened: openedAt, ends: endsAt, ended: endedAt })

/** A version of the policy, whose text its digest names. */
export const policyRow = ({ version, digest }: { readonly version: number; readonly digest: string }) =>
  row('policy', String(version), { digest })

/** The version that was published last: no earlier one decides anything any more. */
export const policyVersionRow = (version: number, digest: string) => row('policyversion', 'policy', { version, digest })

export const webhookRow = ({ id, url, kind, events }: Pick<Webhook, 'id' | 'url' | 'kind' | 'events'>) =>
  row('webhook', id, { url, kind, events })

export interface CredentialContent extends Pick<Credential, 'id' | 'subject' | 'expiresAt'> {
  readonly kind: string
  readonly hash: string
}

/** `hash`: of the secret. */
export const credentialRow = ({ id, kind, subject, hash, expiresAt }: CredentialContent) =>
  row('credential', id, { hash, kind, subject, expires: expiresAt })

/** `hash`: of the secret in its link. Epoch seconds. */
export interface BreakGlassContent {
  readonly id: string
  readonly hash: string
  readonly openedAt: number
  readonly expiresAt: number
}

/** No row of the database: its entry alone says it. */
export const breakGlassRow = ({ id, hash, openedAt, expiresAt }: BreakGlassContent) =>
  row('breakglass', id, { hash, opened: openedAt, expires: expiresAt })

/** That an admin knows of a break-glass, or, without one, its host. */
export const acknowledgementRow = (id: string, approver: string | null) => row('acknowledgement', id, { approver })

export const killSwitchRow = ({ id, selector }: { readonly id: string; readonly selector: object }) =>
  row('killswitch', id, { selector })

/** `before`: epoch seconds. `request` authorised it. */
export interface ErasureContent {
  readonly id: string
  readonly rule: string
  readonly subject: string | null
  readonly before: number
  readonly request: string | null
}

/** An order to erase: whose payloads, and until when. */
export const erasureRow = ({ id, rule, subject, before, request }: ErasureContent) =>
  row('erasure', id, { rule, subject, before, request })

/** `publicJwk`: its members in any order. Instants are epoch seconds. */
export interface SigningKeyContent {
  readonly kid: string
  readonly publicJwk: object
  readonly publishedAt: number
  readonly signsFrom: number
  readonly retiredAt: number | null
}

/** A key that signs tokens. */
export const signingKeyRow = ({ kid, publicJwk, publishedAt, signsFrom, retiredAt }: SigningKeyContent) =>
  row('signingkey', kid, { public_key: publicJwk, published: publishedAt, signs_from: signsFrom, retired: retiredAt })

/** A verifier key of the log, for as long as seals of it are read. */
export const logKeyRow = (vkey: string) => row('logkey', vkey, { log_vkey: vkey })

/** A name that is not the one with which a person was enrolled, or gone without an order to erase it. */
export const nameRow = (id: string) => row('name', id, {})

export const endedRow = (kind: RowKind, id: string) => row(kind, id, null)

/** The row with some members of its content replaced; those that are undefined stay. */
export const changedRow = (present: Present, kind: RowKind, id: string, members: object) =>
  row(kind, id, { ...present(kind, id), ...plainJson(members) })
