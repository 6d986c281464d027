/** Notification settings of people: preferences, address and devices; and the live webhooks. SPEC 13. */
import { sql } from 'drizzle-orm'
import type { Device } from '../../domain/notify/delivery.ts'
import type { NotificationSettings } from '../../domain/notify/quiet-hours.ts'
import type { NotifyStore } from '../contract/notify-store.ts'
import type { Database } from '../driver/database.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import { notificationSettings, pushDevices } from '../schema/tables.ts'
import { liveWebhooks } from './notice-verbs.ts'

const given = sql.placeholder
const approver = sql`${given('approver')}::text`

const DEFAULTS: NotificationSettings = { push: true, byMail: false, quiet: null, mail: null, mailConfirmedAt: null }

const settingsOf = statement<NotificationSettings>(sql`SELECT ${fields(notificationSettings, ['approver'])}
  FROM ${notificationSettings} WHERE ${notificationSettings.approver} = ${approver}`)

const savePreferences = statement(sql`INSERT INTO ${notificationSettings} (approver, push, by_mail, quiet)
  SELECT ${approver}, ${given('push')}::boolean, ${given('byMail')}::boolean, ${given('quiet')}::text::jsonb
  ON CONFLICT (approver) DO UPDATE SET push = excluded.push, by_mail = excluded.by_mail, quiet = excluded.quiet`)

// Giving an address switches mail on.
const setMail = statement(sql`INSERT INTO ${notificationSettings} (approver, push, by_mail, mail)
  SELECT ${approver}, true, true, ${given('address')}::text
  ON CONFLICT (approver) DO UPDATE SET mail = excluded.mail, mail_confirmed_at = NULL, by_mail = true`)

const confirm = statement(sql`UPDATE ${notificationSettings} SET mail_confirmed_at = ${given('at')}::bigint
  WHERE approver = ${approver} AND mail = ${given('address')} RETURNING approver`)

const devicesOf = statement<Device>(sql`SELECT ${fields(pushDevices)} FROM ${pushDevices}
  WHERE ${pushDevices.approver} = ${approver} ORDER BY ${pushDevices.createdAt}, ${pushDevices.id}`)

const room = sql`WHERE (SELECT count(*) FROM ${pushDevices}
  WHERE approver = ${approver} AND endpoint <> ${given('endpoint')}) < ${given('most')}::integer`
const addDevice = statement(sql`${insert(pushDevices, placeholders(pushDevices), room)}
  ON CONFLICT (endpoint) DO UPDATE SET approver = excluded.approver, p256dh = excluded.p256dh, auth = excluded.auth,
    label = excluded.label RETURNING id`)
const removeDevice = statement(
  sql`DELETE FROM ${pushDevices} WHERE id = ${given('id')} AND approver = ${approver} RETURNING id`,
)

export const notificationVerbs = (database: Database) =>
  ({
    notificationSettings: async (approver) => (await database.run(settingsOf, { approver }))[0] ?? DEFAULTS,
    async saveNotificationSettings(input) {
      await database.run(savePreferences, { ...input })
    },
    async setMail(input) {
      await database.run(setMail, input)
    },
    confirmMail: async (input) => (await database.run(confirm, input)).length > 0,
    devices: (approver) => database.run(devicesOf, { approver }),
    addDevice: async ({ device, most }) => (await database.run(addDevice, { ...device, most })).length > 0,
    removeDevice: async (input) => (await database.run(removeDevice, input)).length > 0,
    webhooks: () => database.run(liveWebhooks),
  }) satisfies Partial<NotifyStore>
