/**
 * Changes to the authority itself: made together with the redemption of the token that allowed them. Anything but
 * success leaves no trace, the token unspent. Before the first admin there can be no token: then the change needs that
 * there is no admin yet. SPEC 10.
 */
import { sql } from 'drizzle-orm'
import type { AdministrativeChange, ChangeStore, RecordedChange } from '../contract/change-store.ts'
import type { Endings } from '../contract/request-store.ts'
import { type Database, isDuplicate, type Runner } from '../driver/database.ts'
import { insert, placeholders, statement } from '../driver/sql-statement.ts'
import { addPolicy } from '../policy/policy-verbs.ts'
import { recountAfter } from '../requests/recount-verbs.ts'
import {
  agents,
  approvers,
  credentials,
  directories,
  enrolments,
  erasures,
  executors,
  passkeys,
  signingKeys,
  webhooks,
} from '../schema/tables.ts'
import { hasAdmin, inAdminTurn } from '../sql/admin-turn.ts'
import { appendEntries, keepPayloads } from '../sql/entry-rows.ts'
import { sizeOfRegistered } from '../sql/registered-parties.ts'
import { release } from '../stop/kill-switch-verbs.ts'
import { redeemWith } from '../tokens/redemption.ts'
import { changeRoles, recoverPerson, restorePerson } from './end-person.ts'
import { applyGroupChange, recountedBy } from './group-verbs.ts'
import { giveGroups } from './provisioning-verbs.ts'
import { removePerson } from './remove-person.ts'

const given = sql.placeholder
const credential = placeholders(credentials, 'credential')

// A revoked party is registered anew: its row is taken over, its credentials, requests and tokens stay ended.
const addAgent = statement(sql`
  WITH added AS (${insert(agents, placeholders(agents, 'agent'))}
    ON CONFLICT (id) DO UPDATE SET principals = excluded.principals, executors = excluded.executors,
      groups = excluded.groups, run_by = excluded.run_by, version = excluded.version, created_at = excluded.created_at, revoked_at = NULL
    WHERE ${agents.revokedAt} IS NOT NULL AND ${agents.version} < excluded.version RETURNING 1)
  ${insert(credentials, credential, sql`FROM added`)} RETURNING id`)
const addExecutor = statement(sql`
  WITH added AS (${insert(executors, placeholders(executors, 'executor'))}
    ON CONFLICT (audience) DO UPDATE SET title = excluded.title, catalogue = excluded.catalogue,
      challenge_keys = excluded.challenge_keys, version = excluded.version, created_at = excluded.created_at,
      revoked_at = NULL
    WHERE ${executors.revokedAt} IS NOT NULL AND ${executors.version} < excluded.version RETURNING 1)
  ${insert(credentials, credential, sql`FROM added`)} RETURNING id`)

// The party is locked: its revocation comes wholly before, or ends this credential too.
const subject = given('credential.subject')
const kind = sql`${given('credential.kind')}::text`
const addOneCredential = statement(sql`
  WITH agent AS (SELECT 1 FROM ${agents}
    WHERE ${agents.id} = ${subject} AND ${agents.revokedAt} IS NULL AND ${kind} = 'agent' FOR SHARE),
  executor AS (SELECT 1 FROM ${executors}
    WHERE ${executors.audience} = ${subject} AND ${executors.revokedAt} IS NULL AND ${kind} = 'executor' FOR SHARE)
  ${insert(
    credentials,
    credential,
    sql`WHERE ${kind} NOT IN ('agent', 'executor') OR EXISTS (SELECT FROM agent) OR EXISTS (SELECT FROM executor)`,
  )} RETURNING id`)
const enrol = statement(sql`
  WITH waited AS (SELECT ${enrolments.key} FROM ${enrolments}
    WHERE ${enrolments.key} = ${given('passkey.key')}::text::json ->> 'kid'),
  person AS (${insert(approvers, placeholders(approvers, 'approver'), sql`FROM waited`)})
  ${insert(passkeys, placeholders(passkeys, 'passkey'), sql`FROM waited`)} RETURNING credential_id`)

// Another change was faster where the version is not newer.
const updateAgent = statement(sql`UPDATE ${agents} SET principals = ${given('principals')}::text::json,
    executors = ${given('executors')}::text::json, groups = ${given('groups')}::text::json, run_by = ${given('runBy')},
    version = ${given('version')}::integer
  WHERE id = ${given('id')} AND version < ${given('version')}::integer AND revoked_at IS NULL RETURNING id`)
const updateExecutor = statement(sql`UPDATE ${executors} SET title = ${given('title')},
    catalogue = ${given('catalogue')}::text::json, challenge_keys = ${given('challengeKeys')}::text::json,
    version = ${given('version')}::integer
  WHERE audience = ${given('audience')} AND version < ${given('version')}::integer AND revoked_at IS NULL
  RETURNING audience`)

const rotateKey = statement(sql`
  WITH retired AS (
    UPDATE ${signingKeys} SET retired_at = leaving.at
    FROM json_to_recordset(${given('retire')}::text::json) AS leaving (kid text, at bigint)
    WHERE ${signingKeys.kid} = leaving.kid AND retired_at IS NULL
  )
  ${insert(signingKeys, placeholders(signingKeys, 'key'))} RETURNING kid`)

const orderErasure = statement(sql`${insert(erasures, placeholders(erasures, '', ['doneAt']))} RETURNING id`)

const addWebhook = statement(sql`${insert(webhooks, placeholders(webhooks))} RETURNING id`)

// A directory that was revoked is registered anew: its row is taken over, with what it keeps.
const addDirectory = statement(sql`${insert(
  directories,
  placeholders(directories),
  sql`WHERE (SELECT count(*) FROM ${directories} WHERE revoked_at IS NULL) < ${given('most')}::integer`,
)} ON CONFLICT (name) DO UPDATE SET groups = excluded.groups, secret = excluded.secret, expires_at = excluded.expires_at,
    version = excluded.version, created_at = excluded.created_at, revoked_at = NULL, last_used_at = NULL
  WHERE ${directories.revokedAt} IS NOT NULL AND ${directories.version} < excluded.version RETURNING name`)
const updateDirectory = statement(sql`UPDATE ${directories} SET groups = ${given('groups')}::text::json,
    secret = ${given('secret')}, expires_at = ${given('expiresAt')}::bigint, version = ${given('version')}::integer
  WHERE name = ${given('name')} AND version < ${given('version')}::integer AND revoked_at IS NULL RETURNING name`)

/** True when the change was made, or what it ended; false on a conflict with a row that exists. */
async function apply(runner: Runner, change: AdministrativeChange): Promise<boolean | Endings> {
  switch (change.kind) {
    case 'agent.add':
      return made(runner.run(addAgent, { agent: change.agent, ...credentialOf(change) }))
    case 'executor.add':
      return made(runner.run(addExecutor, { executor: change.executor, ...credentialOf(change) }))
    case 'agent.update':
      return made(runner.run(updateAgent, { ...change.agent }))
    case 'executor.update':
      return made(runner.run(updateExecutor, { ...change.executor }))
    case 'credential.add':
      return made(runner.run(addOneCredential, credentialOf(change)))
    case 'approver.enrol':
      return made(runner.run(enrol, { approver: change.approver, passkey: change.passkey }))
    case 'approver.remove':
      return removePerson(runner, change)
    case 'approver.recover':
      return recoverPerson(runner, change)
    case 'approver.restore':
      return restorePerson(runner, change.approver)
    case 'approver.update':
      return changeRoles(runner, change)
    case 'policy.publish':
      return made(addPolicy(runner, change.policy))
    case 'payload.erase':
      return made(runner.run(orderErasure, { ...change.order }))
    case 'killswitch.release': {
      const { ids, atMs, request } = change
      return (await runner.run(release, { ids, atMs, request })).length === ids.length
    }
    case 'webhook.add':
      return made(runner.run(addWebhook, { ...change.webhook }))
    case 'group.add':
    case 'group.update':
    case 'group.remove':
      return made(applyGroupChange(runner, change))
    case 'directory.add':
      return (
        (await made(runner.run(addDirectory, { ...change.directory, most: change.most }))) &&
        giveGroups(runner, change.directory, change.groups)
      )
    case 'directory.update':
      return (
        (await made(runner.run(updateDirectory, { ...change.directory }))) &&
        giveGroups(runner, change.directory, change.groups)
      )
    case 'log-key.announce':
      return true
    case 'key.rotate':
      return made(runner.run(rotateKey, { key: change.key, retire: change.retire }))
  }
}

const credentialOf = ({ credential, hash }: Extract<AdministrativeChange, { hash: string }>) => ({
  credential: { ...credential, hash },
})

async function made(rows: Promise<readonly unknown[]>): Promise<boolean> {
  try {
    return (await rows).length > 0
  } catch (error) {
    if (isDuplicate(error)) return false
    throw error
  }
}

/** Rolls the transaction back; caught by the function that began it. */
class Conflict extends Error {}
class TooMuch extends Error {}

async function make(transaction: Runner, recorded: RecordedChange): Promise<void> {
  const { change, entries, entriesFor, payloads = [] } = recorded
  const ended = await apply(transaction, change)
  if (!ended) throw new Conflict('The change conflicts with a row that exists')
  await appendEntries(transaction, entries)
  if (ended !== true && entriesFor) await appendEntries(transaction, await entriesFor(ended))
  await keepPayloads(transaction, payloads)
}

async function orExists<T>(work: Promise<T>): Promise<T | { readonly verdict: 'exists' }> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Conflict) return { verdict: 'exists' }
    throw error
  }
}

async function orTooMuch<T>(work: Promise<T>): Promise<T | { readonly verdict: 'too_much' }> {
  try {
    return await work
  } catch (error) {
    if (error instanceof TooMuch) return { verdict: 'too_much' }
    throw error
  }
}

async function keepReadable(transaction: Runner, issuer: string, maxBytes: number): Promise<void> {
  const [size] = await transaction.run(sizeOfRegistered, { issuer })
  if (!size || size.bytes > maxBytes) throw new TooMuch('More is registered than a first admin can be shown')
}

/** Takes the turn before anything else is held: whoever holds it waits for nobody. */
const inTurnOf = <T>(database: Database, { kind }: AdministrativeChange, work: (transaction: Runner) => Promise<T>) =>
  kind.startsWith('approver.') ? inAdminTurn(database, work) : database.transaction(work)

export const changeVerbs = (database: Database) =>
  ({
    administerAtBootstrap: ({ issuer, maxBytes, ...recorded }) =>
      orExists(
        orTooMuch(
          inAdminTurn(database, async (transaction) => {
            if (await hasAdmin(transaction)) return { verdict: 'admin_exists' }
            await make(transaction, recorded)
            await keepReadable(transaction, issuer, maxBytes)
            return { verdict: 'done' }
          }),
        ),
      ),
    async administer({ redeem, ...recorded }) {
      const made = await orExists(
        inTurnOf(database, recorded.change, async (transaction) => {
          const redeemed = await redeemWith(transaction, 'authority', redeem)
          if (redeemed.verdict === 'redeemed') await make(transaction, recorded)
          return redeemed
        }),
      )
      const changed = recountedBy(recorded.change)
      // On its own, since it locks requests. A token is issued only for a quorum that is filled in any case.
      if (made.verdict === 'redeemed' && changed !== null) await recountAfter(database, changed, redeem.now)
      return made
    },
  }) satisfies Partial<ChangeStore>
