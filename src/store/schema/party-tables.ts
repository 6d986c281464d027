/** The tables of callers and people; conventions as in `tables.ts`. SPEC 1, 10. */
import type { ApproverKey, JsonObject } from '@countersign/verifier'
import type { EnrolmentProof } from '@countersign/verifier/authority'
import { sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import type { KeptGroup, Provisioned } from '../../domain/identity/directories.ts'
import type { CatalogueEntry, CredentialKind, JsonWebKeyWithId, Passkey, Role } from '../../domain/identity/parties.ts'
import type { Offer, OfferContext } from '../contract/identity-store.ts'

const instant = (name: string) => pg.bigint(name, { mode: 'number' })

// ── callers ──────────────────────────────────────────────────────────────

export const agents = pg.pgTable('agents', {
  id: pg.text('id').primaryKey(),
  principals: pg.json('principals').$type<readonly string[]>().notNull(),
  executors: pg.json('executors').$type<readonly string[]>().notNull(),
  groups: pg.json('groups').$type<readonly string[]>().notNull(),
  runBy: pg.text('run_by'),
  version: pg.integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
  revokedAt: instant('revoked_at'),
})

export const executors = pg.pgTable('executors', {
  audience: pg.text('audience').primaryKey(),
  title: pg.text('title').notNull(),
  catalogue: pg.json('catalogue').$type<readonly CatalogueEntry[]>().notNull(),
  challengeKeys: pg.json('challenge_keys').$type<readonly JsonWebKeyWithId[]>().notNull(),
  version: pg.integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
  revokedAt: instant('revoked_at'),
})

export const credentials = pg.pgTable(
  'credentials',
  {
    id: pg.text('id').primaryKey(),
    hash: pg.text('hash').notNull().unique(),
    kind: pg.text('kind').$type<CredentialKind>().notNull(),
    subject: pg.text('subject').notNull(),
    prefix: pg.text('prefix').notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
    lastUsedAt: instant('last_used_at'),
  },
  (table) => [pg.index('credentials_subject').on(table.kind, table.subject)],
)

// ── people ─────────────────────────────────────────────────────────────────

/** The name is a payload of kind `person`. */
export const approvers = pg.pgTable('approvers', {
  id: pg.text('id').primaryKey(),
  roles: pg.jsonb('roles').$type<readonly Role[]>().notNull(),
  createdAt: instant('created_at').notNull(),
  suspendedAt: instant('suspended_at'),
  removedAt: instant('removed_at'),
})

/** `members`: ids of approvers. */
export const groups = pg.pgTable('groups', {
  name: pg.text('name').primaryKey(),
  members: pg.jsonb('members').$type<readonly string[]>().notNull(),
  version: pg.integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
  removedAt: instant('removed_at'),
})

/** Clients of SCIM. `groups`: those whose members it may say. `secret`: hash of its credential. */
export const directories = pg.pgTable('directories', {
  name: pg.text('name').primaryKey(),
  groups: pg.json('groups').$type<readonly KeptGroup[]>().notNull(),
  secret: pg.text('secret').notNull().unique(),
  expiresAt: instant('expires_at').notNull(),
  version: pg.integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
  revokedAt: instant('revoked_at'),
  lastUsedAt: instant('last_used_at'),
})

/** People and groups of directories, in the words of these; nothing here gives a right. */
export const provisioned = pg.pgTable(
  'provisioned',
  {
    id: pg.text('id').primaryKey(),
    directory: pg.text('directory').notNull(),
    kind: pg.text('kind').$type<Provisioned['kind']>().notNull(),
    key: pg.text('key').notNull(),
    externalId: pg.text('external_id'),
    active: pg.boolean('active').notNull(),
    attributes: pg.json('attributes').$type<JsonObject>().notNull(),
    version: pg.integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
    modifiedAt: instant('modified_at').notNull(),
    seal: pg.text('seal').notNull(),
  },
  (table) => [
    pg.uniqueIndex('provisioned_key').on(table.directory, table.kind, table.key),
    pg.index('provisioned_external').on(table.directory, table.kind, table.externalId),
  ],
)

export const passkeys = pg.pgTable(
  'passkeys',
  {
    credentialId: pg.text('credential_id').primaryKey(),
    approver: pg.text('approver').notNull(),
    label: pg.text('label').notNull(),
    key: pg.json('key').$type<ApproverKey>().notNull(),
    counter: pg.bigint('counter', { mode: 'number' }).notNull(),
    backedUp: pg.boolean('backed_up').notNull(),
    transports: pg.json('transports').$type<readonly string[]>().notNull(),
    aaguid: pg.text('aaguid').notNull(),
    createdAt: instant('created_at').notNull(),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (table) => [pg.index('passkeys_approver').on(table.approver)],
)

/** `name` is deleted when the invitation is taken, and becomes a payload. */
export const invitations = pg.pgTable('invitations', {
  hash: pg.text('hash').primaryKey(),
  bootstrap: pg.boolean('bootstrap').notNull(),
  name: pg.text('name'),
  roles: pg.jsonb('roles').$type<readonly Role[]>().notNull(),
  recovers: pg.text('recovers'),
  person: pg.text('person'),
  invitedBy: pg.text('invited_by'),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  takenAt: instant('taken_at'),
})

/**
 * Passkeys that were made with an invitation and wait for an admin's consent. `key`: thumbprint. `hash`: of the secret
 * that their page holds. `request`: the one that asks for it, once it is open.
 */
export const enrolments = pg.pgTable('enrolments', {
  key: pg.text('key').primaryKey(),
  hash: pg.text('hash').notNull().unique(),
  passkey: pg.json('passkey').$type<Passkey>().notNull(),
  proof: pg.json('proof').$type<EnrolmentProof>().notNull(),
  request: pg.text('request'),
  expiresAt: instant('expires_at').notNull(),
})

/** A task for which an agent may propose, for a time. `purpose` is the digest of a payload. SPEC 10. */
export const agentSessions = pg.pgTable(
  'agent_sessions',
  {
    id: pg.text('id').primaryKey(),
    agent: pg.text('agent').notNull(),
    purpose: pg.text('purpose').notNull(),
    openedBy: pg.text('opened_by').notNull(),
    openedAt: instant('opened_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    pg.uniqueIndex('agent_sessions_one_open').on(table.agent).where(sql`ended_at IS NULL`),
    pg.index('agent_sessions_agent').on(table.agent, table.openedAt),
  ],
)

/** Times in which a person is away; `deputy` answers in their place. One a person that has not ended. SPEC 10.11. */
export const absences = pg.pgTable(
  'absences',
  {
    id: pg.text('id').primaryKey(),
    approver: pg.text('approver').notNull(),
    deputy: pg.text('deputy'),
    fromAt: instant('from_at').notNull(),
    untilAt: instant('until_at').notNull(),
    statedAt: instant('stated_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    pg.uniqueIndex('absences_one_open').on(table.approver).where(sql`ended_at IS NULL`),
    pg.index('absences_deputy').on(table.deputy).where(sql`ended_at IS NULL`),
    pg.index('absences_approver').on(table.approver, table.fromAt),
  ],
)

/** `credentialId`: the passkey that it was begun with, and whose revocation ends it. */
export const sessions = pg.pgTable('sessions', {
  hash: pg.text('hash').primaryKey(),
  id: pg.text('id').notNull().unique(),
  approver: pg.text('approver').notNull(),
  credentialId: pg.text('credential_id').notNull(),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
})

export const offers = pg.pgTable('offers', {
  challenge: pg.text('challenge').primaryKey(),
  purpose: pg.text('purpose').$type<Offer['purpose']>().notNull(),
  approver: pg.text('approver'),
  request: pg.text('request'),
  context: pg.json('context').$type<OfferContext>().notNull(),
  expiresAt: instant('expires_at').notNull(),
})
