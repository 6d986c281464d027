/** What proposals ask of the people: all that is asked in one turn, in one statement. */
import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { startNotedStore } from './noted-store.ts'

const fill = [
  sql`INSERT INTO approvers (id, roles, created_at, removed_at)
    VALUES ('here', '["approver"]', 1, NULL), ('auditor', '["auditor"]', 1, NULL), ('gone', '["approver"]', 1, 2)`,
  sql`INSERT INTO agents (id, principals, executors, groups, run_by, version, created_at)
    VALUES ('of-leaver', '[]', '[]', '[]', 'gone', 1, 1)`,
]

it('says who left, and how many can approve, to all that ask at once', async () => {
  const { store, ran, stop } = await startNotedStore(fill, setImmediate)
  try {
    const asked = [
      store.leaverBehind({ agent: 'agent', principal: 'here' }),
      store.countPeople(),
      store.leaverBehind({ agent: 'agent', principal: 'gone' }),
      store.leaverBehind({ agent: 'of-leaver', principal: 'here' }),
    ]
    expect(await Promise.all(asked)).toEqual([null, 1, 'gone', 'gone'])
    expect(ran).toHaveLength(1)
    expect(await store.countPeople()).toBe(1)
  } finally {
    await stop()
  }
}, 60_000)
