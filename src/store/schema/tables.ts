/**
 * The tables of the authority, from which the migrations in `drizzle/` are generated. Instants are bigint epoch
 * seconds. `json` holds documents that SQL does not query: it keeps their text, key order and `\u0000` included, which
 * `jsonb` would rewrite or refuse; `jsonb` is used where SQL looks inside. Only `payloads` and `token_texts` hold data
 * that law may demand to be erased. Triggers guard append-only tables: `drizzle/0001_append_only.sql`. SPEC 8, 13.
 */
import type { Consent } from '@countersign/verifier'
import { sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import type { ActorChain, ApprovalRequest, RequestState } from '../../domain/approval/approval-request.ts'
import type { CatalogueEntry } from '../../domain/identity/parties.ts'
import type { EntryMembers, EntryType } from '../../domain/ledger/entry.ts'
import type { PayloadKind } from '../../domain/ledger/payload.ts'
import type { Terms } from '../../domain/policy/policy.ts'
import type { SealedRevision } from '../contract/revision-store.ts'
import { enrolledApprover, isConfiguration } from './configuration-entries.ts'

export * from './grant-tables.ts'
export * from './log-tables.ts'
export * from './notify-tables.ts'
export * from './party-tables.ts'
export * from './policy-tables.ts'
export * from './stop-tables.ts'
export * from './token-tables.ts'

const bytea = pg.customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })
const xid8 = pg.customType<{ data: string }>({ dataType: () => 'xid8' })
const tsvector = pg.customType<{ data: string }>({ dataType: () => 'tsvector' })
const instant = (name: string) => pg.bigint(name, { mode: 'number' })

// ── the ledger ─────────────────────────────────────────────────────────────

/**
 * `trace` is a uuid because that takes half the room of its 32 hex digits. `xid` is the transaction that wrote the
 * entry: ids become visible out of order and with gaps, but once every transaction up to some `xid` has ended, their
 * entries are complete and the order by (`xid`, `id`) is final. Sequencing relies on that.
 */
export const entries = pg.pgTable(
  'entries',
  {
    id: pg.bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    type: pg.text('type').$type<EntryType>().notNull(),
    at: instant('at').notNull(),
    trace: pg.uuid('trace').notNull(),
    body: pg.text('body').notNull(),
    leaf: bytea('leaf').notNull(),
    xid: xid8('xid').notNull().default(sql`pg_current_xact_id()`),
  },
  (table) => [
    pg.index('entries_trace').on(table.trace),
    pg.index('entries_sequence').on(table.xid, table.id),
    pg.index('entries_configuration').on(table.id).where(isConfiguration),
    pg.index('entries_enrolled').on(enrolledApprover).where(sql`type = 'approver.enrolled'`),
  ],
)

/**
 * Facts that may repeat until an instant: refusals, and uncovered texts. `members`: what their entries repeat.
 * `repeats`: how often since the last entry.
 */
export const repeatedFacts = pg.pgTable(
  'repeated_facts',
  {
    id: pg.text('id').primaryKey(),
    type: pg.text('type').$type<EntryType>().notNull(),
    trace: pg.uuid('trace').notNull(),
    members: pg.json('members').$type<EntryMembers>().notNull(),
    since: instant('since').notNull(),
    until: instant('until').notNull(),
    repeats: pg.integer('repeats').notNull(),
  },
  (table) => [pg.index('repeated_facts_until').on(table.until)],
)

/**
 * Erasable. The key leads with the subject, so that one index serves reading and erasing. `words`, on the row of an
 * action, are the words that its approvers saw: set by the integrator, off the hot path, and erased together with their
 * text.
 */
export const payloads = pg.pgTable(
  'payloads',
  {
    subject: pg.text('subject').notNull(),
    kind: pg.text('kind').$type<PayloadKind>().notNull(),
    digest: pg.text('digest').notNull(),
    content: pg.text('content').notNull(),
    words: tsvector('words'),
  },
  (table) => [
    pg.primaryKey({ columns: [table.subject, table.kind, table.digest] }),
    pg.index('payloads_words').using('gin', table.words).where(sql`words IS NOT NULL`),
  ],
)

// ── the way of a request ───────────────────────────────────────────────────

/**
 * `groups` and `quorum` repeat what `terms` say, `effect` and `irreversible` what the catalogue's entry says, for
 * the indexes and the guard of a consent. One request at a time waits to undo another, and one at most takes the place of another. Each index of the list of requests ends in their order, so that a page of it
 * is one range; those of states and of people leave out what the policy allowed at once.
 */
export const requests = pg.pgTable(
  'requests',
  {
    id: pg.text('id').primaryKey(),
    trace: pg.uuid('trace').notNull(),
    txn: pg.text('txn').notNull(),
    door: pg.text('door').$type<ApprovalRequest['door']>().notNull(),
    state: pg.text('state').$type<RequestState>().notNull(),
    origin: pg.text('origin').$type<ApprovalRequest['origin']>().notNull(),
    agent: pg.text('agent').notNull(),
    actor: pg.text('actor').notNull(),
    act: pg.json('act').$type<ActorChain>().notNull(),
    actors: pg.jsonb('actors').$type<readonly string[]>().notNull(),
    principal: pg.text('principal').notNull(),
    audience: pg.text('audience').notNull(),
    executorTitle: pg.text('executor_title').notNull(),
    name: pg.text('name').notNull(),
    digest: pg.text('digest').$type<ApprovalRequest['digest']>().notNull(),
    catalogueEntry: pg.json('catalogue_entry').$type<CatalogueEntry>().notNull(),
    previewBy: pg.text('preview_by').$type<'executor' | 'agent'>(),
    previewDigest: pg.text('preview_digest').$type<ApprovalRequest['digest']>(),
    stateDigest: pg.text('state_digest').$type<ApprovalRequest['digest']>(),
    policy: pg.text('policy').$type<ApprovalRequest['policy']>().notNull(),
    policyVersion: pg.integer('policy_version').notNull(),
    policies: pg.json('policies').$type<readonly string[]>().notNull(),
    why: pg.text('why').notNull(),
    terms: pg.json('terms').$type<Terms>().notNull(),
    groups: pg.jsonb('groups').$type<readonly string[]>().notNull(),
    quorum: pg.integer('quorum').notNull(),
    effect: pg.text('effect').$type<CatalogueEntry['effect']>().notNull(),
    irreversible: pg.boolean('irreversible').notNull(),
    separation: pg.boolean('separation'),
    consents: pg.integer('consents').notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    decidedAt: instant('decided_at'),
    deniedBy: pg.text('denied_by'),
    challengeIssuer: pg.text('challenge_issuer'),
    challengeJti: pg.text('challenge_jti'),
    grant: pg.text('grant_id'),
    jkt: pg.text('jkt'),
    undoes: pg.text('undoes'),
    proposedBy: pg.text('proposed_by'),
    changes: pg.text('changes'),
    changedBy: pg.text('changed_by'),
    round: pg.integer('round').notNull(),
  },
  (table) => [
    pg.index('requests_created_at').on(table.createdAt, table.id),
    pg.index('requests_agent').on(table.agent, table.createdAt, table.id),
    pg.index('requests_principal').on(table.principal, table.createdAt, table.id),
    pg.index('requests_audience').on(table.audience, table.createdAt, table.id),
    pg.index('requests_name').on(table.name, table.createdAt, table.id),
    pg.index('requests_state').on(table.state, table.createdAt, table.id).where(sql`state <> 'approved'`),
    pg.index('requests_human').on(table.createdAt, table.id).where(sql`origin = 'human'`),
    pg.index('requests_destructive').on(table.createdAt, table.id).where(sql`effect = 'destructive'`),
    pg.index('requests_irreversible').on(table.createdAt, table.id).where(sql`irreversible`),
    pg.index('requests_denied_by').on(table.deniedBy).where(sql`denied_by IS NOT NULL`),
    pg
      .uniqueIndex('requests_challenge')
      .on(table.challengeIssuer, table.challengeJti)
      .where(sql`challenge_jti IS NOT NULL`),
    pg.index('requests_actors').using('gin', table.actors).where(sql`actors <> '[]'`),
    pg.index('requests_grant').on(table.grant).where(sql`grant_id IS NOT NULL`),
    pg.index('requests_undoes').on(table.undoes).where(sql`undoes IS NOT NULL`),
    pg.uniqueIndex('requests_undo_waits').on(table.undoes).where(sql`undoes IS NOT NULL AND state = 'pending'`),
    pg.uniqueIndex('requests_changes').on(table.changes).where(sql`changes IS NOT NULL`),
    pg.index('requests_pending_agent').on(table.agent, table.expiresAt).where(sql`state = 'pending'`),
    pg.index('requests_pending_group').using('gin', table.groups).where(sql`state = 'pending'`),
    pg.index('requests_pending').on(table.expiresAt, table.id).where(sql`state = 'pending'`),
    pg.index('requests_decided').on(table.decidedAt, table.id).where(sql`origin = 'human' AND decided_at IS NOT NULL`),
  ],
)

/** What an approver would change about a request that waits, until they sign it: one of each person, gone with the request. */
export const revisions = pg.pgTable(
  'revisions',
  {
    former: pg.text('former').notNull(),
    approver: pg.text('approver').notNull(),
    revised: pg.json('revised').$type<SealedRevision>().notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [pg.primaryKey({ columns: [table.former, table.approver] })],
)

export const idempotencyKeys = pg.pgTable(
  'idempotency_keys',
  {
    client: pg.text('client').notNull(),
    endpoint: pg.text('endpoint').notNull(),
    key: pg.text('key').notNull(),
    bodyHash: pg.text('body_hash').notNull(),
    request: pg.text('request').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    pg.primaryKey({ columns: [table.client, table.endpoint, table.key] }),
    pg.index('idempotency_keys_created_at').using('brin', table.createdAt),
  ],
)

/**
 * Append-only, except that a revoked passkey voids its consent. The partial indexes allow one live consent a person, and
 * one a place: `onBehalfOf` is the absent person whose deputy consented.
 */
export const consents = pg.pgTable(
  'consents',
  {
    id: pg.bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    request: pg.text('request').notNull(),
    approver: pg.text('approver').notNull(),
    onBehalfOf: pg.text('on_behalf_of'),
    credentialId: pg.text('credential_id').notNull(),
    consent: pg.json('consent').$type<Consent>().notNull(),
    givenAt: instant('given_at').notNull(),
    voidedAt: instant('voided_at'),
  },
  (table) => [
    pg.index('consents_request').on(table.request),
    pg.uniqueIndex('consents_one_per_human').on(table.request, table.approver).where(sql`voided_at IS NULL`),
    pg
      .uniqueIndex('consents_one_per_place')
      .on(table.request, sql`coalesce(on_behalf_of, approver)`)
      .where(sql`voided_at IS NULL`),
    pg.index('consents_on_behalf_of').on(table.onBehalfOf).where(sql`on_behalf_of IS NOT NULL`),
    pg.index('consents_credential').on(table.credentialId, table.givenAt),
    pg.index('consents_approver').on(table.approver).where(sql`voided_at IS NULL`),
  ],
)
