/**
 * The tables of notifications: outbox, rings, deliveries, and the settings of people. Instants are bigint epoch
 * seconds. No argument, payload or token is stored here; an address is in one row, which its owner can clear. SPEC 3,
 * 13.
 */
import { sql } from 'drizzle-orm'
import * as pg from 'drizzle-orm/pg-core'
import type { NoticeKind, Webhook } from '../../domain/identity/parties.ts'
import type { Channel } from '../../domain/notify/channels.ts'
import type { DeliveryState, Message } from '../../domain/notify/delivery.ts'
import type { QuietHours } from '../../domain/notify/quiet-hours.ts'
import type { RingState } from '../../domain/notify/ring.ts'

const instant = (name: string) => pg.bigint(name, { mode: 'number' })

/** The outbox: written with its fact, deleted once planned. */
export const notices = pg.pgTable(
  'notices',
  {
    id: pg.bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: pg.text('kind').$type<NoticeKind>().notNull(),
    subject: pg.text('subject').notNull(),
    dueAt: instant('due_at').notNull(),
  },
  (table) => [pg.index('notices_due').on(table.dueAt)],
)

/** One row for each ring. The index on subjects finds the people who were rung for a request. */
export const rings = pg.pgTable(
  'rings',
  {
    id: pg.text('id').primaryKey(),
    kind: pg.text('kind').$type<NoticeKind>().notNull(),
    recipient: pg.text('recipient').notNull(),
    agent: pg.text('agent'),
    fold: pg.text('fold').notNull(),
    subjects: pg.jsonb('subjects').$type<readonly string[]>().notNull(),
    dueAt: instant('due_at').notNull(),
    state: pg.text('state').$type<RingState>().notNull(),
  },
  (table) => [
    pg.index('rings_held').on(table.dueAt).where(sql`state = 'held'`),
    pg.index('rings_agent').on(table.agent, table.dueAt),
    pg.index('rings_subjects').using('gin', table.subjects),
  ],
)

/** The delivery log. While a delivery is being sent, `due_at` is the end of its lease. */
export const deliveries = pg.pgTable(
  'deliveries',
  {
    id: pg.text('id').primaryKey(),
    channel: pg.text('channel').$type<Channel>().notNull(),
    recipient: pg.text('recipient').notNull(),
    target: pg.text('target').notNull(),
    message: pg.json('message').$type<Message>().notNull(),
    createdAt: instant('created_at').notNull(),
    dueAt: instant('due_at').notNull(),
    attempts: pg.integer('attempts').notNull(),
    state: pg.text('state').$type<DeliveryState>().notNull(),
    endedAt: instant('ended_at'),
    problem: pg.text('problem'),
  },
  (table) => [
    pg.index('deliveries_due').on(table.channel, table.dueAt).where(sql`state = 'waiting'`),
    pg.index('deliveries_created').on(table.createdAt),
    pg.index('deliveries_recipient').on(table.recipient, table.createdAt),
  ],
)

/** The subscriptions of browsers; their keys encrypt to one browser each. */
export const pushDevices = pg.pgTable(
  'push_devices',
  {
    id: pg.text('id').primaryKey(),
    approver: pg.text('approver').notNull(),
    endpoint: pg.text('endpoint').notNull().unique(),
    p256dh: pg.text('p256dh').notNull(),
    auth: pg.text('auth').notNull(),
    label: pg.text('label').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [pg.index('push_devices_approver').on(table.approver)],
)

/** A person without a row has the defaults. `mail` counts once it is confirmed. */
export const notificationSettings = pg.pgTable('notification_settings', {
  approver: pg.text('approver').primaryKey(),
  push: pg.boolean('push').notNull(),
  byMail: pg.boolean('by_mail').notNull(),
  quiet: pg.jsonb('quiet').$type<QuietHours>(),
  mail: pg.text('mail'),
  mailConfirmedAt: instant('mail_confirmed_at'),
})

export const webhooks = pg.pgTable('webhooks', {
  id: pg.text('id').primaryKey(),
  url: pg.text('url').notNull(),
  kind: pg.text('kind').$type<Webhook['kind']>().notNull(),
  events: pg.jsonb('events').$type<readonly NoticeKind[]>().notNull(),
  createdAt: instant('created_at').notNull(),
  request: pg.text('request'),
  removedAt: instant('removed_at'),
})
