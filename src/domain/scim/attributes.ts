/**
 * The attributes that are kept of people and groups of a directory, and what a client may write of them. Those of RFC
 * 7643 that are not kept are ignored, and so are extensions; any other is refused. RFC 7643, 4.
 */
import type { JsonObject } from '@countersign/verifier'
import * as z from 'zod'
import { MAX_MEMBERS } from '../identity/groups.ts'
import { nameOf } from '../identity/identifiers.ts'

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group'

/** `text`, `flag`: one value. `object`: named members. `list`: objects, or texts as their `value`. */
export interface Attribute {
  readonly name: string
  readonly form: 'text' | 'flag' | 'object' | 'list'
  readonly members?: readonly string[]
  /** How many values a list has at most. */
  readonly most?: number
}

export interface ResourceType {
  readonly name: 'User' | 'Group'
  readonly kind: 'user' | 'group'
  readonly schema: string
  /** By their name in lower case. */
  readonly kept: ReadonlyMap<string, Attribute>
  /** In lower case. */
  readonly ignored: ReadonlySet<string>
  /** Reads attributes that a client wrote. */
  readonly shape: z.ZodType<JsonObject>
}

const named = (attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> =>
  new Map(attributes.map((attribute) => [attribute.name.toLowerCase(), attribute]))

const words = (list: string): ReadonlySet<string> => new Set(list.toLowerCase().split(' '))

/** Set by the authority, or of the common part: whatever a client says of them is left out. */
const COMMON = 'schemas id meta'

const MAX_EMAILS = 20

/** The longest text of an attribute. */
export const MAX_TEXT = 200

const text = nameOf(MAX_TEXT)
const optional = text.nullish().transform((value) => value ?? undefined)

/** Entra writes flags as texts. */
const flag = z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'], case: 'insensitive' })])

const Email = z.object({
  value: text,
  type: optional,
  primary: flag.nullish().transform((value) => value ?? undefined),
})
const Name = z.object({ formatted: optional, givenName: optional, familyName: optional })

/** Counted before its values are read. */
const listOf = <T extends z.ZodType>(one: T, most: number) => z.array(z.unknown()).max(most).pipe(z.array(one))

const plain = <T extends object>(value: T): JsonObject => JSON.parse(JSON.stringify(value))

const UserShape = z
  .object({
    userName: text,
    externalId: optional,
    displayName: optional,
    name: Name.nullish().transform((value) => value ?? undefined),
    emails: listOf(Email, MAX_EMAILS)
      .nullish()
      .transform((value) => value ?? undefined),
    active: flag.nullish().transform((value) => value ?? true),
  })
  .transform(plain)

const Member = z.object({
  value: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'the id of a person that is provisioned here'),
})

const GroupShape = z
  .object({
    displayName: text,
    externalId: optional,
    members: listOf(Member, MAX_MEMBERS)
      .nullish()
      .transform((value) => value ?? []),
  })
  .transform(plain)

export const USER: ResourceType = {
  name: 'User',
  kind: 'user',
  schema: USER_SCHEMA,
  kept: named([
    { name: 'userName', form: 'text' },
    { name: 'externalId', form: 'text' },
    { name: 'displayName', form: 'text' },
    { name: 'active', form: 'flag' },
    { name: 'name', form: 'object', members: ['formatted', 'givenName', 'familyName'] },
    { name: 'emails', form: 'list', members: ['value', 'type', 'primary'], most: MAX_EMAILS },
  ]),
  ignored: words(
    `${COMMON} nickName profileUrl title userType preferredLanguage locale timezone password phoneNumbers ims photos addresses groups entitlements roles x509Certificates`,
  ),
  shape: UserShape,
}

export const GROUP: ResourceType = {
  name: 'Group',
  kind: 'group',
  schema: GROUP_SCHEMA,
  kept: named([
    { name: 'displayName', form: 'text' },
    { name: 'externalId', form: 'text' },
    { name: 'members', form: 'list', members: ['value'], most: MAX_MEMBERS },
  ]),
  ignored: words(COMMON),
  shape: GroupShape,
}

/** The attributes that are kept, under their own names; undefined where the client named another. */
export function keptOf(
  type: ResourceType,
  body: JsonObject,
): { readonly kept: JsonObject } | { readonly unknown: string } {
  const kept: [string, JsonObject[string]][] = []
  for (const [given, value] of Object.entries(body)) {
    const name = given.toLowerCase()
    const attribute = type.kept.get(name)
    if (attribute) kept.push([attribute.name, value])
    else if (!type.ignored.has(name) && !name.startsWith('urn:')) return { unknown: given }
  }
  return { kept: Object.fromEntries(kept) }
}
