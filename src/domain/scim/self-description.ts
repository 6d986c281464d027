/** The SCIM service provider configuration, resource types and schemas. RFC 7643, 5 to 8. */
import type { JsonObject } from '@countersign/verifier'
import { plainJson } from '../action/plain-json.ts'
import { type Attribute, GROUP, type ResourceType, USER } from './attributes.ts'
import { SCIM_PATH } from './views.ts'

export const RESOURCE_TYPES: readonly ResourceType[] = [USER, GROUP]

const unsupported = { supported: false }

const metaOf = (origin: string, resourceType: string, path: string) => ({
  resourceType,
  location: `${origin}${SCIM_PATH}/${path}`,
})

export const providerConfig = (origin: string): JsonObject =>
  plainJson({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    documentationUri: `${origin}/docs/specification#1010-directories`,
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: 200 },
    changePassword: unsupported,
    sort: unsupported,
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'The credential of the directory, which its proposer made',
        primary: true,
      },
    ],
    meta: metaOf(origin, 'ServiceProviderConfig', 'ServiceProviderConfig'),
  })

export const resourceTypeView = (origin: string, { name, schema }: ResourceType): JsonObject =>
  plainJson({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: name,
    name,
    endpoint: `/${name}s`,
    schema,
    schemaExtensions: [],
    meta: metaOf(origin, 'ResourceType', `ResourceTypes/${name}`),
  })

const TYPES = { text: 'string', flag: 'boolean', object: 'complex', list: 'complex' } as const

/** Of each type the name that it needs, and that no two share. */
const UNIQUE: ReadonlySet<string> = new Set(['userName', 'displayName'])

function attributeView(type: ResourceType, { name, form, members = [] }: Attribute) {
  const isUnique = UNIQUE.has(name) && (name === 'userName') === (type.kind === 'user')
  return {
    name,
    type: TYPES[form],
    multiValued: form === 'list',
    required: isUnique,
    caseExact: name === 'externalId' || name === 'value',
    mutability: isUnique && type.kind === 'group' ? 'immutable' : 'readWrite',
    returned: 'default',
    uniqueness: isUnique ? 'server' : 'none',
    ...(members.length === 0 ? {} : { subAttributes: members.map((member) => memberView(type, member)) }),
  }
}

function memberView(type: ResourceType, name: string): object {
  const view = attributeView(type, { name, form: name === 'primary' ? 'flag' : 'text' })
  return { ...view, mutability: 'readWrite' }
}

export const schemaView = (origin: string, type: ResourceType): JsonObject =>
  plainJson({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
    id: type.schema,
    name: type.name,
    description: type.kind === 'user' ? 'A person of the directory' : 'A group of the directory',
    attributes: [...type.kept.values()].map((attribute) => attributeView(type, attribute)),
    meta: metaOf(origin, 'Schema', `Schemas/${type.schema}`),
  })
