/**
 * Directories, and what they keep here. One transaction writes what a directory says, the membership that follows from it,
 * and the end of a person's rights; anything but success leaves no trace. SPEC 10.10.
 */
import { sql } from 'drizzle-orm'
import type { Directory, Provisioned } from '../../domain/identity/directories.ts'
import type { Group } from '../../domain/identity/groups.ts'
import type { ProvisionedVerdict, ProvisionedWrite, ProvisioningStore } from '../contract/provisioning-store.ts'
import type { Endings } from '../contract/request-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import { recountAfter } from '../requests/recount-verbs.ts'
import { approvers, directories, enrolments, groups, invitations, provisioned } from '../schema/tables.ts'
import { inAdminTurn } from '../sql/admin-turn.ts'
import { among } from '../sql/among.ts'
import { appendEntries, entryRows, ifDecided, insertEntries } from '../sql/entry-rows.ts'
import { holdPerson, suspendHeld } from './end-person.ts'
import { endPerson } from './remove-person.ts'

const given = sql.placeholder
const at = sql`${given('at')}::bigint`

// `last_used_at` is kept to five minutes, and a locked row is skipped: one call writes it, and none waits.
const bySecret = statement<Directory>(sql`
  WITH used AS (UPDATE ${directories} SET last_used_at = ${given('now')}::bigint WHERE name IN (
    SELECT name FROM ${directories} WHERE secret = ${given('hash')} AND revoked_at IS NULL
      AND coalesce(last_used_at, 0) < ${given('now')}::bigint - 300 FOR NO KEY UPDATE SKIP LOCKED))
  SELECT ${fields(directories)} FROM ${directories} WHERE ${directories.secret} = ${given('hash')}
    AND ${directories.revokedAt} IS NULL AND ${directories.expiresAt} > ${given('now')}::bigint`)
const byName = statement<Directory>(
  sql`SELECT ${fields(directories)} FROM ${directories} WHERE ${directories.name} = ${given('name')}`,
)
const live = statement<Directory>(sql`SELECT ${fields(directories)} FROM ${directories}
  WHERE ${directories.revokedAt} IS NULL ORDER BY ${directories.name} COLLATE "C"`)
const revoke = statement(sql`
  WITH decided AS (UPDATE ${directories} SET revoked_at = ${at} WHERE name = ${given('id')} AND revoked_at IS NULL
    RETURNING name),
  written AS (${insertEntries(ifDecided)})
  SELECT name FROM decided`)

const byAge = sql`ORDER BY ${provisioned.createdAt}, ${provisioned.id}`
const listed = statement<Provisioned>(sql`SELECT ${fields(provisioned)} FROM ${provisioned}
  WHERE ${provisioned.directory} = ${given('directory')} AND ${provisioned.kind} = ${given('kind')}
    AND (${given('id')}::text IS NULL OR ${provisioned.id} = ${given('id')})
    AND (${given('key')}::text IS NULL OR ${provisioned.key} = ${given('key')})
    AND (${given('externalId')}::text IS NULL OR ${provisioned.externalId} = ${given('externalId')})
  ${byAge}`)
const usersAmong = statement<{ id: string }>(sql`SELECT ${provisioned.id} AS "id" FROM ${provisioned}
  WHERE (${given('directory')}::text IS NULL OR ${provisioned.directory} = ${given('directory')})
    AND ${provisioned.kind} = 'user' AND ${among(provisioned.id, 'ids')}`)
const person = statement<Provisioned>(sql`SELECT ${fields(provisioned)} FROM ${provisioned}
  WHERE ${provisioned.id} = ${given('id')} AND ${provisioned.kind} = 'user'`)
const awaited = statement<Provisioned>(sql`SELECT ${fields(provisioned)} FROM ${provisioned}
  WHERE ${provisioned.kind} = 'user' AND ${provisioned.active}
    AND NOT EXISTS (SELECT FROM ${approvers} WHERE ${approvers.id} = ${provisioned.id}) ${byAge}`)

const all = statement<Provisioned>(sql`SELECT ${fields(provisioned)} FROM ${provisioned} ORDER BY ${provisioned.id}`)
const reseal = statement(sql`UPDATE ${provisioned} SET seal = ${given('seal')}
  WHERE id = ${given('id')} AND version = ${given('version')}::integer`)

const isOfKind = sql`directory = ${given('directory')} AND kind = ${given('kind')}`
const add = statement(
  sql`${insert(
    provisioned,
    placeholders(provisioned),
    sql`WHERE (SELECT count(*) FROM ${provisioned} WHERE ${isOfKind}) < ${given('most')}::integer`,
  )} ON CONFLICT DO NOTHING RETURNING id`,
)
const isKnown = statement(sql`SELECT FROM ${provisioned} WHERE ${isOfKind} AND key = ${given('key')}`)
const isTaken = statement(
  sql`SELECT FROM ${provisioned} WHERE ${isOfKind} AND key = ${given('key')} AND id <> ${given('id')}`,
)
const isRead = sql`id = ${given('id')} AND version = ${given('before')}::integer`
const change = statement(sql`UPDATE ${provisioned} SET key = ${given('key')}, external_id = ${given('externalId')},
    active = ${given('active')}::boolean, attributes = ${given('attributes')}::text::json,
    version = ${given('version')}::integer, modified_at = ${given('modifiedAt')}::bigint, seal = ${given('seal')}
  WHERE ${isRead} RETURNING id`)
const forget = statement(sql`DELETE FROM ${provisioned} WHERE ${isRead} RETURNING id`)

// The version is newer than any before, so that no membership comes twice.
const putGroup = statement(sql`${insert(groups, placeholders(groups))}
  ON CONFLICT (name) DO UPDATE SET members = excluded.members, version = excluded.version, removed_at = excluded.removed_at
  WHERE ${groups.version} < excluded.version RETURNING name`)

// Held until the commit: who is written into a group is not deleted meanwhile, and who is deleted is written into none.
const holdMembers = statement(sql`SELECT id FROM ${provisioned} WHERE kind = 'user'
  AND ${among(sql`id`, 'members')} ORDER BY id FOR KEY SHARE`)
const membersAmong = statement<{ id: string }>(sql`SELECT DISTINCT member AS "id"
  FROM ${groups}, jsonb_array_elements_text(${groups.members}) AS member
  WHERE ${among(groups.name, 'names')} AND ${groups.removedAt} IS NULL`)
const goneMember = statement(sql`SELECT FROM json_array_elements_text(${given('members')}::text::json) AS member
  WHERE NOT EXISTS (SELECT FROM ${provisioned} WHERE ${provisioned.id} = member AND ${provisioned.kind} = 'user')
    AND NOT EXISTS (SELECT FROM ${approvers} WHERE ${approvers.id} = member AND ${approvers.removedAt} IS NULL) LIMIT 1`)
const stillMember =
  statement(sql`SELECT FROM ${directories}, json_array_elements(${directories.groups}::text::json) AS kept, ${groups}
  WHERE ${directories.name} = ${given('directory')} AND ${groups.name} = kept ->> 'group'
    AND ${groups.removedAt} IS NULL AND ${groups.members} ? ${given('id')}::text LIMIT 1`)

/** What could still enrol them. */
const FORGOTTEN = [
  statement(sql`DELETE FROM ${invitations} WHERE person = ${given('id')} AND taken_at IS NULL`),
  statement(sql`DELETE FROM ${enrolments} WHERE passkey ->> 'approver' = ${given('id')}`),
]

/** Rolls the transaction back; caught by the function that began it. */
class NotWritten extends Error {
  readonly verdict: ProvisionedVerdict
  constructor(verdict: ProvisionedVerdict) {
    super(verdict)
    this.verdict = verdict
  }
}

async function writeResource(runner: Runner, write: ProvisionedWrite): Promise<void> {
  const { resource, before, isDeleted, most } = write
  if (before === null) {
    if ((await runner.run(add, { ...resource, most })).length > 0) return
    throw new NotWritten((await runner.run(isKnown, { ...resource })).length > 0 ? 'exists' : 'full')
  }
  if (!isDeleted && (await runner.run(isTaken, { ...resource })).length > 0) throw new NotWritten('exists')
  const written = await runner.run(isDeleted ? forget : change, { ...resource, before })
  if (written.length === 0) throw new NotWritten('stale')
}

/** What ended; null where nobody is enrolled, or is suspended already. */
async function endRights(runner: Runner, { resource: { id }, person, at }: ProvisionedWrite): Promise<Endings | null> {
  if (person === null) return null
  for (const step of FORGOTTEN) await runner.run(step, { id })
  const held = await holdPerson(runner, id, [id])
  if (!held || (person === 'suspended' && held.suspendedAt !== null)) return null
  if (held.isLastAdmin) throw new NotWritten('last_admin')
  return person === 'suspended'
    ? suspendHeld(runner, id, at)
    : endPerson(runner, { approver: id, at, revoke: [], heirs: [] })
}

/** False where one was changed meanwhile, or a member of one is gone. */
async function putGroups(runner: Runner, list: readonly Group[]): Promise<boolean> {
  for (const group of list) {
    await runner.run(holdMembers, { members: group.members })
    if ((await runner.run(goneMember, { members: group.members })).length > 0) return false
    if ((await runner.run(putGroup, { ...group })).length === 0) return false
  }
  return true
}

/** The groups that a directory is given: nobody who is gone stays in one. */
export async function giveGroups(
  runner: Runner,
  { groups: kept }: Pick<Directory, 'groups'>,
  cleaned: readonly Group[],
): Promise<boolean> {
  if (!(await putGroups(runner, cleaned))) return false
  const names = kept.map(({ group }) => group)
  const members = (await runner.run(membersAmong, { names })).map(({ id }) => id)
  await runner.run(holdMembers, { members })
  return (await runner.run(goneMember, { members })).length === 0
}

async function writeAll(runner: Runner, write: ProvisionedWrite): Promise<void> {
  await writeResource(runner, write)
  if (!(await putGroups(runner, write.groups))) throw new NotWritten('stale')
  const { id, directory } = write.resource
  if (write.person === 'removed' && (await runner.run(stillMember, { id, directory })).length > 0)
    throw new NotWritten('stale')
  await appendEntries(runner, await write.entriesFor(await endRights(runner, write)))
}

async function writeProvisioned(database: Database, write: ProvisionedWrite): Promise<ProvisionedVerdict> {
  const work = (runner: Runner) => writeAll(runner, write)
  try {
    await (write.person === null ? database.transaction(work) : inAdminTurn(database, work))
  } catch (error) {
    if (error instanceof NotWritten) return error.verdict
    throw error
  }
  // On its own, since it locks requests. A token is issued only for a quorum that is filled in any case.
  for (const { name } of write.groups) await recountAfter(database, { group: name }, write.at)
  return 'written'
}

export const provisioningVerbs = (database: Database): ProvisioningStore => ({
  directoryOfSecret: async (secret) => (await database.run(bySecret, { ...secret }))[0],
  directory: async (name) => (await database.run(byName, { name }))[0],
  listDirectories: () => database.run(live),
  revokeDirectory: async ({ id, at, entries }) =>
    (await database.run(revoke, { id, at, entries: entryRows(entries) })).length > 0,
  provisioned: (query) => database.run(listed, { ...query }),
  provisionedAmong: async (query) => (await database.run(usersAmong, { ...query })).map(({ id }) => id),
  provisionedPerson: async (id) => (await database.run(person, { id }))[0],
  allProvisioned: () => database.run(all),
  async resealProvisioned(row) {
    await database.run(reseal, { ...row })
  },
  awaitedPeople: () => database.run(awaited),
  writeProvisioned: (write) => writeProvisioned(database, write),
})
