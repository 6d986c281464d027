/**
 * The schema of an action's arguments: JSON Schema 2020-12, in a part that can be checked in bounded time and carries
 * nothing that is not checked. Here a schema from outside is read, and the first fault is named. SPEC 10.8.
 */

import { canonicalize, type JsonObject, type JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { FORMAT_NAMES, isFormat } from './formats.ts'
import { patternFault, patternSize } from './pattern.ts'

/** A fault of what an executor publishes. `path`: member names and indexes, from the value that was read. */
export interface Fault {
  readonly path: readonly (string | number)[]
  readonly words: string
}

export type Schema = JsonObject | boolean

const MAX_BYTES = 16_384
const MAX_DEPTH = 24
const MAX_KEYWORDS = 1000
/** With each reference replaced by what it leads to. */
const MAX_SCHEMAS = 1000
const MAX_BRANCHES = 32
const MAX_MEMBERS = 256
const MAX_PATTERN_SIZE = 2048
/** The keywords that are taken mean the same in each. */
const DIALECT = /^https?:\/\/json-schema\.org\/(?:draft\/20(?:20-12|19-09)\/schema|draft-07\/schema)#?$/

export const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const

/** The parts of a schema that are schemas, by where they stand. */
interface Part {
  readonly path: Fault['path']
  readonly schema: JsonValue
}

/** The first fault of a schema, or null. */
export function schemaFault(schema: JsonValue): Fault | null {
  if (!isJsonObject(schema)) return fault([], 'a schema of arguments is an object')
  const depth = depthFault(schema)
  if (depth) return depth
  if (new TextEncoder().encode(canonicalize(schema)).length > MAX_BYTES)
    return fault([], `a schema has at most ${MAX_BYTES} bytes`)
  return structureFault(schema) ?? referenceFault(schema)
}

const fault = (path: Fault['path'], words: string): Fault => ({ path, words })

/** Whether it nests too deep: found without recursion that is as deep itself. */
function depthFault(schema: JsonValue): Fault | null {
  let level: JsonValue[] = [schema]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= MAX_DEPTH) return fault([], `a schema nests at most ${MAX_DEPTH} levels deep`)
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return null
}

function structureFault(root: JsonObject): Fault | null {
  let [keywords, patterns] = [0, 0]
  const open: Part[] = [{ path: [], schema: root }]
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const { path, schema } = part
    if (typeof schema === 'boolean') continue
    if (!isJsonObject(schema)) return fault(path, 'a schema is an object, true or false')
    for (const [keyword, value] of Object.entries(schema)) {
      const words = keywordFault(keyword, value, path.length === 0)
      if (words) return fault([...path, keyword], words)
      keywords++
      patterns += patternsOf(keyword, value)
      open.push(...partsOf(keyword, value, [...path, keyword]))
    }
    if (keywords > MAX_KEYWORDS) return fault([], `a schema has at most ${MAX_KEYWORDS} keywords`)
    if (patterns > MAX_PATTERN_SIZE) return fault([], 'the patterns of this schema are too large in sum')
  }
  return null
}

function patternsOf(keyword: string, value: JsonValue): number {
  if (keyword === 'pattern') return typeof value === 'string' ? patternSize(value) : 0
  if (keyword !== 'patternProperties' || !isJsonObject(value)) return 0
  return Object.keys(value).reduce((sum, pattern) => sum + patternSize(pattern), 0)
}

/** The size of all patterns in a value, found without compiling one. */
export function patternSizeIn(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce(
    (size, [name, member]) => size + patternsOf(name, member) + patternSizeIn(member),
    0,
  )
}

/** By keyword, the fault of its value in words, or null. */
type Reader = (value: JsonValue) => string | null

const when =
  (holds: (value: JsonValue) => boolean, words: string): Reader =>
  (value) =>
    holds(value) ? null : words

const isText = (value: JsonValue | undefined): value is string => typeof value === 'string'
export const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value)

const isTypeName = (value: JsonValue) => TYPES.some((type) => type === value)
const areDistinct = (values: readonly JsonValue[]) => new Set(values).size === values.length

const anything: Reader = () => null
const number = when((value) => typeof value === 'number', 'a number is expected')
const count = when((value) => Number.isSafeInteger(value) && Number(value) >= 0, 'a whole number from 0 is expected')
const flag = when((value) => typeof value === 'boolean', 'true or false is expected')
const text = when(isText, 'a text is expected')
const names = when(
  (value) => isList(value) && value.length <= MAX_MEMBERS && value.every(isText) && areDistinct(value),
  `a list of at most ${MAX_MEMBERS} distinct member names is expected`,
)
const members = when(
  (value) => isJsonObject(value) && Object.keys(value).length <= MAX_MEMBERS,
  `an object with at most ${MAX_MEMBERS} members is expected`,
)
const branches = when(
  (value) => isList(value) && value.length > 0 && value.length <= MAX_BRANCHES,
  `a list of 1 to ${MAX_BRANCHES} schemas is expected`,
)

function namesByMember(value: JsonValue): string | null {
  if (!isJsonObject(value)) return 'an object of lists of member names is expected'
  return Object.values(value).map(names).find(isText) ?? members(value)
}

function patternMembers(value: JsonValue): string | null {
  if (!isJsonObject(value)) return 'an object of schemas by pattern is expected'
  return Object.keys(value).map(patternFault).find(isText) ?? members(value)
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    'type',
    when(
      (value) =>
        isTypeName(value) || (isList(value) && value.length > 0 && value.every(isTypeName) && areDistinct(value)),
      `one of ${TYPES.join(', ')} is expected, or a list of them`,
    ),
  ],
  [
    'enum',
    when(
      (value) => isList(value) && value.length > 0 && value.length <= MAX_MEMBERS,
      `1 to ${MAX_MEMBERS} values are expected`,
    ),
  ],
  ['const', anything],
  ['minimum', number],
  ['maximum', number],
  ['exclusiveMinimum', number],
  ['exclusiveMaximum', number],
  ['multipleOf', when((value) => typeof value === 'number' && value > 0, 'a number above 0 is expected')],
  ['minLength', count],
  ['maxLength', count],
  ['pattern', (value) => (isText(value) ? patternFault(value) : 'a pattern is a text')],
  ['format', when(isFormat, `the formats that are checked are ${FORMAT_NAMES}`)],
  ['minItems', count],
  ['maxItems', count],
  ['uniqueItems', flag],
  ['minProperties', count],
  ['maxProperties', count],
  ['required', names],
  ['dependentRequired', namesByMember],
  ['properties', members],
  ['patternProperties', patternMembers],
  ['additionalProperties', anything],
  ['propertyNames', anything],
  ['items', anything],
  ['prefixItems', branches],
  ['contains', anything],
  ['minContains', count],
  ['maxContains', count],
  ['anyOf', branches],
  ['oneOf', branches],
  ['allOf', branches],
  ['not', anything],
  ['if', anything],
  ['then', anything],
  ['else', anything],
  [
    '$ref',
    when(
      (value) => refersTo(value) !== undefined,
      'a reference leads to a definition here, as in #/$defs/name or #/definitions/name',
    ),
  ],
  ['title', text],
  ['description', text],
  ['$comment', text],
  ['default', anything],
  ['examples', when(isList, 'a list is expected')],
  ['deprecated', flag],
  ['readOnly', flag],
  ['writeOnly', flag],
])

const AT_ROOT: ReadonlyMap<string, Reader> = new Map([
  ['$schema', when((value) => isText(value) && DIALECT.test(value), 'the dialect is 2020-12, 2019-09 or draft-07')],
  ['$defs', members],
  ['definitions', members],
])

function keywordFault(keyword: string, value: JsonValue, isRoot: boolean): string | null {
  const reader = READERS.get(keyword) ?? (isRoot ? AT_ROOT.get(keyword) : undefined)
  if (reader) return reader(value)
  return AT_ROOT.has(keyword)
    ? 'this stands at the root of a schema only'
    : 'this keyword is not checked here; leave it out'
}

const IN_LIST = ['prefixItems', 'anyOf', 'oneOf', 'allOf']
const DEFINITIONS = ['$defs', 'definitions']
const BY_NAME = ['properties', 'patternProperties', ...DEFINITIONS]
const ALONE = ['additionalProperties', 'propertyNames', 'items', 'contains', 'not', 'if', 'then', 'else']

function partsOf(keyword: string, value: JsonValue, path: Fault['path']): readonly Part[] {
  if (ALONE.includes(keyword)) return [{ path, schema: value }]
  if (IN_LIST.includes(keyword) && isList(value)) return value.map((schema, at) => ({ path: [...path, at], schema }))
  if (!BY_NAME.includes(keyword) || !isJsonObject(value)) return []
  return Object.entries(value).map(([name, schema]) => ({ path: [...path, name], schema }))
}

/** The name of the definition that a reference leads to; undefined for another form of it. */
export const refersTo = (reference: JsonValue | undefined): string | undefined =>
  isText(reference) ? /^#\/(?:\$defs|definitions)\/([A-Za-z0-9._-]{1,128})$/.exec(reference)?.[1] : undefined

/** The member of a root that holds its definitions, which has another name in draft-07. */
const definitionsMember = (root: JsonObject): string => ('definitions' in root ? 'definitions' : '$defs')

/** What a root defines. */
export function definitionsOf(root: JsonObject): JsonObject {
  const definitions = root[definitionsMember(root)]
  return isJsonObject(definitions) ? definitions : {}
}

/** References that lead nowhere or around, or that multiply what there is to check. */
function referenceFault(root: JsonObject): Fault | null {
  if (DEFINITIONS.every((member) => member in root))
    return fault(['definitions'], 'definitions stand in $defs or in definitions, not in both')
  const member = definitionsMember(root)
  const definitions = definitionsOf(root)
  const sizes = new Map<string, number | 'open'>()
  const sizeOf = ({ path, schema }: Part): number | Fault => {
    if (!isJsonObject(schema)) return 1
    let size = 1
    for (const [keyword, value] of Object.entries(schema)) {
      const parts = DEFINITIONS.includes(keyword) ? [] : partsOf(keyword, value, [...path, keyword])
      const found = [...parts.map(sizeOf), keyword === '$ref' ? sizeOfReference(value, [...path, keyword]) : 0]
      for (const one of found) {
        if (typeof one !== 'number') return one
        size += one
      }
    }
    return size > MAX_SCHEMAS ? fault(path, `with its references this is over ${MAX_SCHEMAS} schemas`) : size
  }
  const sizeOfReference = (reference: JsonValue, path: Fault['path']): number | Fault => {
    const name = refersTo(reference) ?? ''
    return reference === `#/${member}/${name}`
      ? sizeOfDefinition(name, path)
      : fault(path, `there is no definition ${reference}`)
  }
  const sizeOfDefinition = (name: string, path: Fault['path']): number | Fault => {
    const known = sizes.get(name)
    if (known === 'open') return fault(path, `this reference leads back to itself, by way of ${name}`)
    if (known !== undefined) return known
    const definition = Object.getOwnPropertyDescriptor(definitions, name)?.value
    if (definition === undefined) return fault(path, `there is no definition ${name}`)
    sizes.set(name, 'open')
    const size = sizeOf({ path: [member, name], schema: definition })
    if (typeof size === 'number') sizes.set(name, size)
    return size
  }
  const found = [
    sizeOf({ path: [], schema: root }),
    ...Object.keys(definitions).map((name) => sizeOfDefinition(name, [member, name])),
  ]
  return found.find((one) => typeof one !== 'number') ?? null
}
