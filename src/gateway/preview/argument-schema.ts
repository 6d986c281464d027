/** What the schema of a tool says of its arguments, at each level of nesting. */
import { canonicalize, type JsonObject, type JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { misfitOf } from '../../domain/catalogue/fit.ts'
import { definitionsOf, refersTo, schemaFault } from '../../domain/catalogue/schema.ts'
import { objectIn } from '../message/json-rpc.ts'
import { quoted } from '../message/quoted.ts'
import type { Tool } from '../upstream/tool-entry.ts'
import { memberIn } from './json-merge.ts'

export function declaredFault(member: string, tool: Tool, name: string): string | undefined {
  const { properties } = objectIn(tool.definition, 'inputSchema')
  return isJsonObject(properties) && Object.hasOwn(properties, name) ? undefined : undeclaredFault(member, tool, name)
}

export function undeclaredFault(member: string, tool: Tool, name: string): string {
  const names = Object.keys(objectIn(objectIn(tool.definition, 'inputSchema'), 'properties')).filter((one) =>
    PLAIN_NAME.test(one),
  )
  const known = names.length === 0 ? '' : ` It has ${names.slice(0, MOST_NAMED).join(', ')}.`
  return `${member}: ${tool.name} has no argument ${name}.${known}`
}

/** A model reads them, too. */
const PLAIN_NAME = /^[A-Za-z0-9_.-]{1,40}$/
const MOST_NAMED = 20

/** A name that the agent or the server chose, inside a sentence. */
export const shownName = (name: string): string => (PLAIN_NAME.test(name) ? name : quoted(name))

/** By the schema of one argument. */
export interface Said {
  /** Of an object with `value`, which is checked by what is said of the argument. */
  readonly schema: JsonObject
  readonly byDefault: JsonValue | undefined
}

const MOST_REFERENCES = 8

export function saidOf(tool: Tool, path: readonly string[]): Said | undefined {
  const { found, resolved, checked } = schemaAt(tool, path)
  if (found === undefined) return undefined
  return { schema: checked(found), byDefault: memberIn(found, 'default') ?? memberIn(resolved, 'default') }
}

/** The members of the object at this path, as its schema has them. */
export interface Level {
  readonly declared: readonly string[]
  /** Whether the schema says which values any other member takes. */
  readonly hasTypedOthers: boolean
}

export function levelOf(tool: Tool, path: readonly string[]): Level {
  const { resolved, checked } = schemaAt(tool, path)
  const others = resolved['additionalProperties']
  return {
    declared: Object.keys(objectIn(resolved, 'properties')),
    hasTypedOthers: isJsonObject(others) && !isVague({ schema: checked(others), byDefault: undefined }),
  }
}

function schemaAt({ definition }: Tool, path: readonly string[]) {
  const root = objectIn(definition, 'inputSchema')
  const definitions = definitionsOf(root)
  const resolve = (schema: JsonValue | undefined, left = MOST_REFERENCES): JsonObject => {
    const name = isJsonObject(schema) ? refersTo(schema['$ref']) : undefined
    if (name !== undefined && left > 0) return resolve(memberIn(definitions, name), left - 1)
    return isJsonObject(schema) ? schema : {}
  }
  let found: JsonValue | undefined = root
  for (const name of path) found = memberIn(objectIn(resolve(found), 'properties'), name)
  const checked = (value: JsonValue): JsonObject => ({
    ['definitions' in root ? 'definitions' : '$defs']: definitions,
    properties: { value },
  })
  return { found, resolved: resolve(found), checked }
}

const misfit = ({ schema }: Said, value: JsonValue) => misfitOf(schema, { value })

/** One of each type: a schema that takes them all says nothing. */
const PROBES: readonly JsonValue[] = [null, true, 1, 'text', [], {}]

const isVague = (said: Said): boolean =>
  schemaFault(said.schema) !== null || PROBES.every((probe) => misfit(said, probe) === null)

export const isEmpty = (value: JsonValue): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length === 0 : !value

/** Whether a server does the same with this value as without the argument. */
export const isByItself = ({ byDefault = null }: Said, value: JsonValue): boolean =>
  canonicalize(value) === canonicalize(byDefault) || (isEmpty(value) && isEmpty(byDefault))

export function valueFault(member: string, said: Said, tool: string, value: JsonValue): string | undefined {
  if (isVague(said)) return `${member}: The schema of ${tool} does not say what this argument may be.`
  const found = misfit(said, value)
  return found ? `${member}: It has to be ${found.expected}.` : undefined
}
