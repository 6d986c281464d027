/**
 * The quorum of a request, counted in SQL as `domain/policy/quorum.ts` counts it: as many people as a matching gives
 * places to. The number is found without building the matching: for each set of requirements, the people who suit any
 * of it and the places outside of it; the least such sum is the size of the largest matching (König). There are at most
 * 8 requirements, so at most 256 sets. A deputy's consent counts as the absent person's, but for `admin`. SPEC 11.
 */
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { consents } from '../schema/tables.ts'
import { groupsOfPerson } from './membership.ts'

/** The places of the requirements in a set, which is a number by bits. */
const placesIn = (set: SQL): SQL => sql`(SELECT coalesce(sum(needed), 0) FROM required WHERE (${set} >> place) & 1 = 1)`

/** The places of the requirements in `open` that people fill between them; `open` is 2^n − 1. */
const filledIn = (open: SQL, who: SQL): SQL => sql`(SELECT min(${placesIn(sql`${open} & ~chosen`)}
    + (SELECT count(*) FROM people WHERE suits & chosen <> 0 AND ${who}))
  FROM generate_series(0, ${open}) AS chosen)`

const required = (terms: SQLWrapper) => sql`required AS MATERIALIZED (
    SELECT (at - 1)::integer AS place, (one ->> 'count')::integer AS needed, (one -> 'groups')::jsonb AS groups
    FROM json_array_elements(${terms} -> 'approvers') WITH ORDINALITY AS listed (one, at))`

/** `ids`: a query of `id`, and of `delegated`, whether a deputy answers in the place of this person. */
const people = (ids: SQL) => sql`people AS MATERIALIZED (
    SELECT id, (SELECT coalesce(bit_or(1 << place), 0) FROM required
      WHERE groups ?| ARRAY(SELECT "group" FROM ${groupsOfPerson(sql`member.id`)} AS answered
        WHERE NOT delegated OR "group" <> 'admin')) AS suits
    FROM (${ids}) AS member)`

/** The people in whose places the consents to a request are live, entitled or not. */
export const consenting = (
  request: SQLWrapper,
) => sql`SELECT coalesce(${consents.onBehalfOf}, ${consents.approver}) AS id,
    ${consents.onBehalfOf} IS NOT NULL AS delegated FROM ${consents}
  WHERE ${consents.request} = ${request} AND ${consents.voidedAt} IS NULL`

const allPlaces = sql`(SELECT (1 << count(*)::integer) - 1 FROM required)`

interface RequestColumns {
  readonly id: SQLWrapper
  /** As JSON. */
  readonly terms: SQLWrapper
}

/** The number of places that people fill by their groups now; `ids` as `consenting` gives them. */
export const filledBy = (terms: SQLWrapper, ids: SQL): SQL => sql`(
  WITH ${required(terms)}, ${people(ids)}
  SELECT ${filledIn(allPlaces, sql`true`)}::integer)`

/** The number of places that the live consents of a request fill, by the groups of their people now. */
export const filledPlaces = ({ id, terms }: RequestColumns): SQL => filledBy(terms, consenting(id))

/** Somebody in whose place a consent is given. */
interface OneMore {
  readonly person: SQL
  /** Whether a deputy gives it. */
  readonly delegated: SQL
}

/**
 * One row: `useful`, whether the consent of one more person fills one place more now, and `filled`, the number of places
 * that are filled with it. In order, only people whose turn it is are of use.
 */
export const withOneMore = ({ id, terms }: RequestColumns, { person, delegated }: OneMore): SQL => sql`(
  WITH ${required(terms)},
  ${people(sql`${consenting(id)} UNION SELECT ${person}, ${delegated}`)},
  parts AS (
    SELECT (1 << (place + 1)) - 1 AS open, 1 << place AS last FROM required
    WHERE (${terms} ->> 'ordered')::boolean OR place = (SELECT max(place) FROM required)),
  turn AS (SELECT * FROM parts WHERE ${filledIn(sql`open`, sql`id <> ${person}`)} < ${placesIn(sql`open`)}
    ORDER BY open LIMIT 1)
  SELECT coalesce((SELECT ${filledIn(sql`open`, sql`true`)} > ${filledIn(sql`open`, sql`id <> ${person}`)}
      AND (NOT (${terms} ->> 'ordered')::boolean
        OR (SELECT suits & last <> 0 FROM people WHERE id = ${person})) FROM turn), false) AS useful,
    ${filledIn(allPlaces, sql`true`)}::integer AS filled)`
