/**
 * Deliveries: leased for sending, settled with their result, kept as the log. A lease is a later `due_at`: when a
 * process dies while sending, it runs out, and the next attempt carries the same id. SPEC 13.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Delivery, LeasedDelivery, NewDelivery } from '../../domain/notify/delivery.ts'
import type { NotifyStore } from '../contract/notify-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, flat, insertMany, object, statement } from '../driver/sql-statement.ts'
import { approvers, deliveries, notificationSettings, pushDevices, rings, webhooks } from '../schema/tables.ts'
import { isPresent } from '../sql/present-people.ts'

const given = sql.placeholder
const now = sql`${given('now')}::bigint`

const put = statement(insertMany(deliveries, 'deliveries'))

/** Adds deliveries, due at once, within a transaction or on their own. */
export async function putDeliveries(runner: Runner, list: readonly NewDelivery[], at: number): Promise<void> {
  if (list.length === 0) return
  const fresh = { createdAt: at, dueAt: at, attempts: 0, state: 'waiting', endedAt: null, problem: null }
  await runner.run(put, { deliveries: list.map((delivery) => flat({ ...delivery, ...fresh })) })
}

/** Somebody who has left or is suspended meanwhile is told nothing more. */
const isHere = (person: SQL): SQL =>
  sql`EXISTS (SELECT FROM ${approvers} WHERE ${approvers.id} = ${person} AND ${isPresent})`

const take = statement<LeasedDelivery>(sql`
  UPDATE ${deliveries} SET due_at = ${now} + ${given('leaseSeconds')}::bigint, attempts = attempts + 1
  WHERE id IN (SELECT due.id
    FROM json_to_recordset(${given('rooms')}::text::json) AS room (channel text, most bigint), LATERAL (
      SELECT id FROM ${deliveries} WHERE channel = room.channel AND state = 'waiting' AND due_at <= ${now}
      ORDER BY due_at LIMIT room.most FOR UPDATE SKIP LOCKED) AS due)
  RETURNING ${fields(deliveries)},
    (SELECT ${object(pushDevices)} FROM ${pushDevices} WHERE ${pushDevices.id} = ${deliveries.target}
      AND ${isHere(sql`${pushDevices.approver}`)}) AS "device",
    (SELECT ${notificationSettings.mail} FROM ${notificationSettings}
      WHERE ${notificationSettings.approver} = ${deliveries.target} AND ${isHere(sql`${notificationSettings.approver}`)}
        AND (${notificationSettings.mailConfirmedAt} IS NOT NULL OR message ->> 'kind' = 'confirm')) AS "mail",
    (SELECT ${object(webhooks)} FROM ${webhooks}
      WHERE ${webhooks.id} = ${deliveries.target} AND ${webhooks.removedAt} IS NULL) AS "webhook"`)

// After the lease ran out another process may have leased it: then that attempt counts, and this result is dropped.
const mine = sql`id = ${given('id')} AND attempts = ${given('attempts')} AND state = 'waiting'`
const end = statement(sql`UPDATE ${deliveries}
  SET state = ${given('state')}, ended_at = ${now}, problem = ${given('problem')} WHERE ${mine}`)
const postpone = statement(sql`UPDATE ${deliveries}
  SET due_at = ${given('at')}::bigint, problem = ${given('problem')} WHERE ${mine}`)
const forgetDevice = statement(
  sql`DELETE FROM ${pushDevices} WHERE id = ${given('id')} AND endpoint = ${given('endpoint')}`,
)

async function settle(database: Database, input: Parameters<NotifyStore['settleDelivery']>[0]): Promise<void> {
  const { delivery, result, now: at } = input
  const { id, attempts, device } = delivery
  if (result.result === 'again') {
    await database.run(postpone, { id, attempts, at: result.at, problem: result.problem })
    return
  }
  const problem = result.result === 'failed' ? result.problem : null
  await database.run(end, { id, attempts, now: at, state: result.result, problem })
  if (device && result.result === 'failed' && result.gone) {
    await database.run(forgetDevice, { id: device.id, endpoint: device.endpoint })
  }
}

const replay = statement(sql`UPDATE ${deliveries}
  SET state = 'waiting', due_at = ${now}, attempts = 0, ended_at = NULL
  WHERE id = ${given('id')} AND state <> 'waiting' RETURNING id`)

const recipient = sql`${given('recipient')}::text`
const list = statement<Delivery>(sql`SELECT ${fields(deliveries)} FROM ${deliveries}
  WHERE (${recipient} IS NULL OR ${deliveries.recipient} = ${recipient})
  ORDER BY ${deliveries.createdAt} DESC, ${deliveries.id} LIMIT ${given('limit')}`)

const forget = statement(sql`
  WITH old_rings AS (DELETE FROM ${rings} WHERE state <> 'held' AND due_at < ${given('before')}::bigint)
  DELETE FROM ${deliveries} WHERE state <> 'waiting' AND created_at < ${given('before')}::bigint`)

export const deliveryVerbs = (database: Database) =>
  ({
    takeDeliveries: (input) => database.run(take, input),
    settleDelivery: (input) => settle(database, input),
    putDeliveries: ({ deliveries: list, now: at }) => putDeliveries(database, list, at),
    replayDelivery: async (input) => (await database.run(replay, input)).length > 0,
    listDeliveries: (filter) => database.run(list, { ...filter }),
    async forgetDeliveries(before) {
      await database.run(forget, { before })
    },
  }) satisfies Partial<NotifyStore>
