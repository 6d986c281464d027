/** Reads the versions of the policy, and adds one from the version that was read. SPEC 11. */
import { sql } from 'drizzle-orm'
import type { ListedPolicy, PolicyVersion } from '../../domain/policy/policy.ts'
import type { PolicyStore } from '../contract/policy-store.ts'
import type { Database, Runner } from '../driver/database.ts'
import { type Gather, shared } from '../driver/gather.ts'
import { fields, insert, placeholders, statement } from '../driver/sql-statement.ts'
import { consents, payloads, policies, requests } from '../schema/tables.ts'
import { countedThen } from '../sql/consented-place.ts'
import { announce, entryRows, ifDecided, insertEntries } from '../sql/entry-rows.ts'
import { isInForce, versionInForce } from '../sql/policy-condition.ts'
import { recordedContent } from '../sql/recorded-content.ts'
import { wordsOf } from '../sql/request-fields.ts'

const given = sql.placeholder

const inForce = statement<{ version: number }>(sql`SELECT ${versionInForce} AS "version"`)
const byVersion = statement<PolicyVersion>(
  sql`SELECT ${fields(policies)} FROM ${policies} WHERE ${policies.version} = ${given('version')}::integer`,
)
const all = statement<ListedPolicy>(sql`
  SELECT ${fields(policies, ['text'])},
    (SELECT ${recordedContent} FROM ${payloads}
      WHERE ${payloads.subject} = ${policies.request} AND ${payloads.kind} = 'reason' LIMIT 1) AS "reason",
    (SELECT coalesce(json_agg(${consents.approver} ORDER BY ${consents.id}), '[]')
      FROM ${consents} JOIN ${requests} ON ${requests.id} = ${consents.request}
      WHERE ${consents.request} = ${policies.request} AND ${countedThen}) AS "approvers"
  FROM ${policies} ORDER BY ${policies.version} DESC`)

const ensure = statement(sql`
  WITH decided AS (
    ${insert(policies, placeholders(policies, 'policy'), sql`WHERE ${versionInForce} = 0`)}
    ON CONFLICT DO NOTHING RETURNING version
  ),
  written AS (${insertEntries(ifDecided)})
  SELECT version FROM decided`)

// Another change was faster where the version before it is no longer in force. The policy of now decides what can be
// consented to, so whoever follows an inbox looks again.
const publish = statement(sql`
  ${insert(policies, placeholders(policies), sql`WHERE ${isInForce(sql`${given('version')}::integer - 1`)}`)}
  ON CONFLICT DO NOTHING RETURNING version, ${announce(sql`'inbox'`)}`)

export const addPolicy = (runner: Runner, policy: PolicyVersion): Promise<readonly unknown[]> =>
  runner.run(publish, { ...policy })

/** With `gather`, calls made at the same time share a statement, which begins after each of them was made. */
export const policyVerbs = (database: Database, gather: Gather | undefined): PolicyStore => {
  const read = shared(gather, async (calls: readonly null[]) => {
    const [row] = await database.run(inForce)
    return calls.map(() => row?.version ?? 0)
  })
  return {
    policyInForce: () => read(null),
    policyVersion: async (version) => (await database.run(byVersion, { version }))[0],
    listPolicies: async () =>
      (await database.run(all)).map(({ reason, ...one }) => ({ ...one, reason: wordsOf(reason ?? undefined) })),
    ensurePolicy: async ({ policy, entry }) => {
      await database.run(ensure, { policy: { ...policy }, entries: entryRows([entry]) })
    },
  }
}
