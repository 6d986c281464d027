/**
 * A filter of the list of requests as SQL: ranges and sets of requests of which one is scanned, and conditions that
 * narrow it. Parameters have the names of the filter's members. SPEC 8.
 */
import { type Column, type SQL, sql } from 'drizzle-orm'
import type { RequestFilter, RequestScope } from '../../domain/approval/request-filter.ts'
import type { Values } from '../driver/sql-statement.ts'
import { agents, consents, payloads, redemptions, requests, tokens } from '../schema/tables.ts'
import { consentedRequest, countedThen } from '../sql/consented-place.ts'
import { isForAny } from './inbox-matches.ts'

const given = sql.placeholder

/** Requests with one value, or all of them: a range of an index, in the order of the list. */
interface Range {
  readonly kind: 'range'
  readonly column: Column | null
  readonly parameter: string
  /** Of a partial index. */
  readonly where: SQL | null
}

/** Ids of requests, by another index: complete, but in no order. */
interface IdSet {
  readonly kind: 'set'
  readonly ids: SQL
}

export type Lead = Range | IdSet

const range = (parameter: string, column: Column): Range => ({ kind: 'range', column, parameter, where: null })
const part = (where: SQL): Range => ({ kind: 'range', column: null, parameter: '', where })
const set = (ids: SQL): IdSet => ({ kind: 'set', ids })

export const EVERY_REQUEST: Range = { kind: 'range', column: null, parameter: '', where: null }

const COLUMNS = {
  agent: requests.agent,
  principal: requests.principal,
  executor: requests.audience,
  name: requests.name,
} as const

const saysWords = sql`${payloads.words} @@ ${given('words')}::text::tsquery`

const theirConsent = sql`${consents.approver} = ${given('approver')}::text AND ${consents.voidedAt} IS NULL`
const ANSWERS = set(sql`SELECT ${consents.request} AS id FROM ${consents}
    WHERE ${theirConsent}
  UNION ALL SELECT ${requests.id} FROM ${requests} WHERE ${requests.deniedBy} = ${given('approver')}::text
  UNION ALL SELECT ${requests.id} FROM ${requests}
    WHERE ${requests.grant} IN (SELECT ${consents.request} FROM ${consents} WHERE ${theirConsent})`)

const isUndoing = sql`${requests.undoes} = ${given('undoes')}::text`
const UNDOINGS = set(sql`SELECT ${requests.id} AS id FROM ${requests} WHERE ${isUndoing}`)

/** Of the rare outcomes; all others are found by walking. */
function outcomeLead({ outcome }: RequestFilter): readonly Lead[] {
  const redeemed = sql`SELECT ${redemptions.request} AS id FROM ${redemptions}`
  switch (outcome) {
    case 'failed':
    case 'aborted':
      return [
        set(sql`${redeemed} WHERE ${redemptions.outcome} <> 'succeeded'
        AND ${redemptions.outcome} = ${given('outcome')}::text`),
      ]
    case 'indeterminate':
      return [
        set(sql`${redeemed} WHERE ${redemptions.missingAt} IS NOT NULL UNION ALL ${redeemed}
        WHERE ${redemptions.outcome} <> 'succeeded' AND ${redemptions.outcome} = ${given('outcome')}::text`),
      ]
    case 'revoked':
      return [set(sql`SELECT ${tokens.request} AS id FROM ${tokens} WHERE ${tokens.revokedAt} IS NOT NULL`)]
    default:
      return []
  }
}

function stateLead({ state }: RequestFilter): readonly Lead[] {
  return state === undefined || state === 'approved' || state === 'expired'
    ? []
    : [{ kind: 'range', column: requests.state, parameter: 'state', where: sql`${requests.state} <> 'approved'` }]
}

const isHuman = sql`${requests.origin} = 'human'`

/** The possible leads of a filter within a scope; ranges first. */
export function leadsOf(filter: RequestFilter, scope: RequestScope): readonly Lead[] {
  const members = Object.entries(COLUMNS).flatMap(([member, column]) =>
    filter[member as keyof typeof COLUMNS] === undefined ? [] : [range(member, column)],
  )
  const danger = filter.danger === 'destructive' || filter.danger === 'irreversible'
  return [
    ...(filter.id === undefined ? [] : [set(sql`SELECT ${given('id')}::text AS id`)]),
    ...(filter.undoes === undefined ? [] : [UNDOINGS]),
    ...members,
    ...(scope.agent === undefined ? [] : [range('scopeAgent', requests.agent)]),
    ...(scope.executor === undefined ? [] : [range('scopeExecutor', requests.audience)]),
    ...stateLead(filter),
    ...(danger ? [part(dangerous(filter.danger))] : []),
    ...(filter.origin === 'human' ? [part(isHuman)] : []),
    ...(filter.words === undefined
      ? []
      : [
          set(sql`SELECT ${payloads.subject} AS id FROM ${payloads}
          WHERE ${saysWords} AND ${payloads.words} IS NOT NULL`),
        ]),
    ...(filter.approver === undefined ? [] : [ANSWERS]),
    ...outcomeLead(filter),
  ]
}

const dangerous = (danger: RequestFilter['danger']): SQL =>
  danger === 'irreversible' ? sql`${requests.irreversible}` : sql`${requests.effect} = ${sql.raw(`'${danger}'`)}`

const isOver = sql`${requests.expiresAt} <= ${given('now')}::bigint`

function stateSift(state: NonNullable<RequestFilter['state']>): SQL {
  if (state === 'pending') return sql`(${requests.state} = 'pending' AND NOT ${isOver})`
  if (state === 'expired') return sql`(${requests.state} = 'expired' OR ${requests.state} = 'pending' AND ${isOver})`
  return sql`${requests.state} = ${given('state')}::text`
}

/** Of several uses of a token, the last. */
export const resultField = sql`(SELECT CASE
    WHEN last.use IS NOT NULL
      THEN COALESCE(last.outcome, CASE WHEN last.missing_at IS NULL THEN 'running' ELSE 'indeterminate' END)
    WHEN ${tokens.revokedAt} IS NOT NULL THEN 'revoked'
    WHEN ${tokens.expiresAt} <= ${given('now')}::bigint THEN 'unused' END
  FROM ${tokens} LEFT JOIN LATERAL (SELECT use, outcome, missing_at FROM ${redemptions}
    WHERE ${redemptions.jti} = ${tokens.jti} ORDER BY ${redemptions.use} DESC LIMIT 1) AS last ON true
  WHERE ${tokens.request} = ${requests.id})`

export const consentedByField = sql`(SELECT COALESCE(json_agg(json_build_object('approver', ${consents.approver},
    'onBehalfOf', ${consents.onBehalfOf}) ORDER BY ${consents.id}), '[]')
  FROM ${consents} WHERE ${consents.request} = ${consentedRequest} AND ${countedThen})`

/** Those that concern a person, in each of the ways that the scope names. */
function concerning({ answerer, owner }: RequestScope): SQL {
  const ways = [
    sql`(${isHuman} AND ${isForAny('groups')})`,
    ...(answerer === undefined
      ? []
      : [
          sql`${requests.deniedBy} = ${given('answerer')}::text`,
          sql`EXISTS (SELECT FROM ${consents} WHERE ${consents.request} = ${requests.id}
            AND ${consents.approver} = ${given('answerer')}::text)`,
        ]),
    ...(owner === undefined
      ? []
      : [
          sql`${requests.proposedBy} = ${given('owner')}::text`,
          sql`${requests.agent} IN (SELECT ${agents.id} FROM ${agents}
            WHERE ${agents.runBy} = ${given('owner')}::text AND ${agents.revokedAt} IS NULL)`,
        ]),
  ]
  return sql`(${sql.join(ways, sql` OR `)})`
}

/** A reader's scope as conditions on a row of requests. */
export const scopeSifts = (scope: RequestScope): readonly SQL[] => [
  ...(scope.agent === undefined ? [] : [sql`${requests.agent} = ${given('scopeAgent')}::text`]),
  ...(scope.executor === undefined ? [] : [sql`${requests.audience} = ${given('scopeExecutor')}::text`]),
  ...(scope.groups === undefined ? [] : [concerning(scope)]),
]

/** The values of the parameters of `scopeSifts`. */
export const scopeValues = (scope: RequestScope): Values => ({
  scopeAgent: scope.agent ?? null,
  scopeExecutor: scope.executor ?? null,
  groups: scope.groups ?? [],
  answerer: scope.answerer ?? null,
  owner: scope.owner ?? null,
})

/** Conditions on a row of requests, the cheap ones first. */
export function siftsOf(filter: RequestFilter, scope: RequestScope): readonly SQL[] {
  const when = (isGiven: boolean, sift: () => SQL) => (isGiven ? [sift()] : [])
  return [
    ...Object.entries(COLUMNS).flatMap(([member, column]) =>
      when(filter[member as keyof typeof COLUMNS] !== undefined, () => sql`${column} = ${given(member)}::text`),
    ),
    ...when(filter.undoes !== undefined, () => isUndoing),
    ...scopeSifts(scope),
    ...when(filter.origin !== undefined, () => sql`${requests.origin} = ${given('origin')}::text`),
    ...when(filter.danger !== undefined, () => dangerous(filter.danger)),
    ...(filter.state === undefined ? [] : [stateSift(filter.state)]),
    ...when(filter.outcome !== undefined, () => sql`${resultField} = ${given('outcome')}::text`),
    ...when(
      filter.approver !== undefined,
      () => sql`(EXISTS (SELECT FROM ${consents} WHERE ${consents.request} = ${consentedRequest} AND ${theirConsent})
        OR ${requests.deniedBy} = ${given('approver')}::text)`,
    ),
    ...when(
      filter.words !== undefined,
      () => sql`(SELECT ${saysWords} FROM ${payloads}
        WHERE ${payloads.subject} = ${requests.id} AND ${payloads.kind} = 'action' LIMIT 1)`,
    ),
  ]
}
