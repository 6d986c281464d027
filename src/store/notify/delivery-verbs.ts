/**
 * Deliveries: leased to who sends them, settled with what came of it, kept as the log.
 *
 * In: new ones, and what came of an attempt. Out: taken ones with the address they go to now. A lease is a later
 * `due_at`: whoever dies while sending lets it run out, and the next attempt carries the same id. SPEC 13.
 */
import { sql } from 'drizzle-orm'
import type { Delivery, NewDelivery, Taken } from '../../domain/notify/delivery.ts'
import type { DeliveryEnd, NotifyStore } from '../contract/notify-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, flat, insertMany, object, statement } from '../driver/sql-statement.ts'
import { deliveries, notificationSettings, pushDevices, rings, webhooks } from '../schema/tables.ts'

const given = sql.placeholder
const now = sql`${given('now')}::bigint`

const put = statement(insertMany(deliveries, 'deliveries'))

/** Adds deliveries, due at once, within a transaction or on their own. */
export async function putDeliveries(runner: Runner, list: readonly NewDelivery[], at: number): Promise<void> {
  if (list.length === 0) return
  const fresh = { createdAt: at, dueAt: at, attempts: 0, state: 'waiting', endedAt: null, problem: null }
  await runner.run(put, { deliveries: list.map((delivery) => flat({ ...delivery, ...fresh })) })
}

const take = statement<Taken>(sql`
  UPDATE ${deliveries} SET due_at = ${now} + ${given('leaseSeconds')}::bigint, attempts = attempts + 1
  WHERE id IN (SELECT due.id
    FROM json_to_recordset(${given('rooms')}::text::json) AS room (channel text, most bigint), LATERAL (
      SELECT id FROM ${deliveries} WHERE channel = room.channel AND state = 'waiting' AND due_at <= ${now}
      ORDER BY due_at LIMIT room.most FOR UPDATE SKIP LOCKED) AS due)
  RETURNING ${fields(deliveries)},
    (SELECT ${object(pushDevices)} FROM ${pushDevices} WHERE ${pushDevices.id} = ${deliveries.target}) AS "device",
    (SELECT ${notificationSettings.mail} FROM ${notificationSettings}
      WHERE ${notificationSettings.approver} = ${deliveries.target}
        AND (${notificationSettings.mailConfirmedAt} IS NOT NULL OR message ->> 'kind' = 'confirm')) AS "mail",
    (SELECT ${object(webhooks)} FROM ${webhooks}
      WHERE ${webhooks.id} = ${deliveries.target} AND ${webhooks.removedAt} IS NULL) AS "webhook"`)

// Another may have taken it since the lease ran out: then its attempt counts, and this one is not written.
const mine = sql`id = ${given('id')} AND attempts = ${given('attempts')} AND state = 'waiting'`
const end = statement(sql`UPDATE ${deliveries}
  SET state = ${given('state')}, ended_at = ${now}, problem = ${given('problem')} WHERE ${mine}`)
const postpone = statement(sql`UPDATE ${deliveries}
  SET due_at = ${given('at')}::bigint, problem = ${given('problem')} WHERE ${mine}`)
const forgetDevice = statement(
  sql`DELETE FROM ${pushDevices} WHERE id = ${given('id')} AND endpoint = ${given('endpoint')}`,
)

async function settle(database: Database, taken: Taken, how: DeliveryEnd, at: number): Promise<void> {
  const { id, attempts, device } = taken
  if (how.result === 'again') {
    await database.run(postpone, { id, attempts, at: how.at, problem: how.problem })
    return
  }
  const problem = how.result === 'failed' ? how.problem : null
  await database.run(end, { id, attempts, now: at, state: how.result, problem })
  if (device && how.result === 'failed' && how.gone) {
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

type DeliveryVerbs =
  | 'takeDeliveries'
  | 'settleDelivery'
  | 'putDeliveries'
  | 'replayDelivery'
  | 'listDeliveries'
  | 'forgetDeliveries'

export const deliveryVerbs = (database: Database): Pick<NotifyStore, DeliveryVerbs> => ({
  takeDeliveries: ({ room, ...input }) => {
    const rooms = Object.entries(room).map(([channel, most]) => ({ channel, most }))
    return database.run(take, { ...input, rooms })
  },
  settleDelivery: (taken, how, at) => settle(database, taken, how, at),
  putDeliveries: (fresh, at) => putDeliveries(database, fresh, at),
  replayDelivery: async (id, at) => (await database.run(replay, { id, now: at })).length > 0,
  listDeliveries: (filter) => database.run(list, { ...filter }),
  async forgetDeliveries(before) {
    await database.run(forget, { before })
  },
})
