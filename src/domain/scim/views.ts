/** People and groups of a directory as SCIM shows them. RFC 7643, 3; RFC 7644, 3.4.2 and 3.9. */
import type { JsonObject } from '@countersign/verifier'
import { plainJson } from '../action/plain-json.ts'
import type { Provisioned } from '../identity/directories.ts'
import type { ResourceType } from './attributes.ts'

export const SCIM_PATH = '/scim/v2'

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString()

export const versionOf = ({ version }: Pick<Provisioned, 'version'>): string => `W/"${version}"`

/** `attributes`: with the members of a group. */
export const resourceView = (
  origin: string,
  { name, schema }: ResourceType,
  row: Provisioned,
  attributes: JsonObject,
): JsonObject => ({
  schemas: [schema],
  id: row.id,
  ...attributes,
  meta: {
    resourceType: name,
    created: instant(row.createdAt),
    lastModified: instant(row.modifiedAt),
    location: `${origin}${SCIM_PATH}/${name}s/${row.id}`,
    version: versionOf(row),
  },
})

/** Names of attributes to show or to leave out, as a client lists them; whole attributes alone. */
export interface Projection {
  readonly attributes: string | null
  readonly excluded: string | null
}

const ALWAYS = ['schemas', 'id']

export function projected(view: JsonObject, { attributes, excluded }: Projection): JsonObject {
  const wanted = attributes === null ? null : [...ALWAYS, ...namesIn(attributes)]
  const unwanted = excluded === null ? [] : namesIn(excluded)
  const members = Object.entries(view).filter(([given]) => {
    const name = given.toLowerCase()
    return ALWAYS.includes(name) || ((wanted === null || wanted.includes(name)) && !unwanted.includes(name))
  })
  return Object.fromEntries(members)
}

/** `urn:…:User:name.givenName` is of the attribute `name`. */
const namesIn = (list: string): readonly string[] =>
  list.split(',').map((path) => path.trim().split(':').at(-1)?.split('.')[0]?.toLowerCase() ?? '')

const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error'

export const listView = (resources: readonly JsonObject[], totalResults: number, startIndex: number): JsonObject => ({
  schemas: [LIST_SCHEMA],
  totalResults,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
})

interface ScimError {
  readonly status: number
  readonly detail: string
  readonly scimType?: string | undefined
}

export const errorView = ({ status, detail, scimType }: ScimError): JsonObject =>
  plainJson({ schemas: [ERROR_SCHEMA], status: String(status), ...(scimType ? { scimType } : {}), detail })
