/**
 * Whether a preview can be made before people consent, by what the server says of its tools: the tool that it calls only
 * reads, or gets a constant that makes the call a dry run. What a server does with a dry run is its own word.
 *
 * In: the tools of the server, and their rules. Out: a sentence that begins with the member of the configuration.
 */
import { canonicalize, type JsonObject, type JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { misfitOf } from '../../domain/catalogue/fit.ts'
import { definitionsOf, refersTo, schemaFault } from '../../domain/catalogue/schema.ts'
import { argumentIn, otherTool, type PreviewRule, ruleOf, type ToolRules } from '../config/tool-rules.ts'
import { objectIn } from '../message/json-rpc.ts'
import { effectOfTool, type Tool } from '../upstream/tool-entry.ts'
import { memberIn } from './json-merge.ts'

/** A server, as far as it is known. */
interface Judged {
  readonly name: string
  readonly rules: ToolRules
  readonly tools: (name: string) => Tool | undefined
}

/** The faults of all previews of a server, by its lists of tools: one in each protocol. */
export function previewFaults(
  { name, rules }: Omit<Judged, 'tools'>,
  listed: readonly ReadonlyMap<string, Tool>[],
): readonly string[] {
  const found = listed.flatMap((tools) =>
    [...tools.values()].flatMap((tool) => {
      const fault = previewFault({ name, rules, tools: (other) => tools.get(other) }, tool)
      return fault === undefined
        ? []
        : [`${fault} Until then calls of ${tool.name} that people have to approve are refused.`]
    }),
  )
  const unused = Object.entries(rules)
    .filter(([pattern, { preview }]) => preview && !listed.some((tools) => isRuled(pattern, tools)))
    .map(
      ([pattern]) => `upstreams.${name}.tools.${pattern}.preview: There is no such tool, so this counts for nothing.`,
    )
  return [...new Set([...found, ...unused])]
}

const isRuled = (pattern: string, tools: ReadonlyMap<string, Tool>): boolean =>
  pattern.endsWith('*') || tools.has(pattern)

/** The first fault of a tool's preview, or undefined: also where it has none. */
export function previewFault(server: Judged, tool: Tool): string | undefined {
  const [pattern, rule] = ruleOf(tool.name, server.rules) ?? []
  if (!rule?.preview) return undefined
  const fault = faultOf(rule.preview, server, tool)
  return fault && `upstreams.${server.name}.tools.${pattern}.preview.${fault}`
}

function faultOf(preview: PreviewRule, { rules, tools }: Judged, called: Tool): string | undefined {
  const named = otherTool(preview)
  const asked = named ? tools(named.tool) : called
  if (named && !asked) return `${named.member}: The server has no tool ${named.tool}, or it is not approved.`
  if (!asked) return undefined
  if (named && effectOfTool(asked, rules) !== 'read')
    return `${named.member}: The server says of ${asked.name} that it writes. Name a tool that only reads.`
  if ('read' in preview)
    return argumentsFault('read.arguments', preview.read.arguments, asked, called) ?? afterFault(preview.after, called)
  if ('explain' in preview) return sqlFault(preview.explain.sql, called) ?? sqlFault(preview.explain.sql, asked)
  const { arguments: given } = preview.dry_run
  return named
    ? argumentsFault('dry_run.arguments', given, asked, called)
    : firstOf(constantsIn(given), (constant) => constantFault(constant, called))
}

const firstOf = <T>(values: readonly T[], faultIn: (value: T) => string | undefined): string | undefined =>
  values.map(faultIn).find((fault) => fault !== undefined)

/** The arguments of another tool, which may stand for those of the call. */
const argumentsFault = (member: string, template: JsonObject, asked: Tool, called: Tool): string | undefined =>
  firstOf(Object.keys(template), (name) => declaredFault(`${member}.${name}`, asked, name)) ??
  firstOf(textsIn(template), (text) => {
    const name = argumentIn(text)
    return name === undefined ? undefined : declaredFault(member, called, name)
  })

const textsIn = (value: JsonValue): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap((part) => textsIn(part))
      : []

const afterFault = (after: string | { readonly merge: string } | undefined, called: Tool): string | undefined => {
  if (after === undefined) return undefined
  return typeof after === 'string'
    ? declaredFault('after', called, after)
    : declaredFault('after.merge', called, after.merge)
}

function declaredFault(member: string, { name: tool, definition }: Tool, name: string): string | undefined {
  const { properties } = objectIn(definition, 'inputSchema')
  if (isJsonObject(properties) && Object.hasOwn(properties, name)) return undefined
  const names = Object.keys(isJsonObject(properties) ? properties : {}).filter((one) => PLAIN_NAME.test(one))
  const known = names.length === 0 ? '' : ` It has ${names.slice(0, MOST_NAMED).join(', ')}.`
  return `${member}: ${tool} has no argument ${name}.${known}`
}

/** A model reads them, too. */
const PLAIN_NAME = /^[A-Za-z0-9_.-]{1,40}$/
const MOST_NAMED = 20

/** By the schema of one argument. */
interface Said {
  /** Of an object with `value`, which is checked by what is said of the argument. */
  readonly schema: JsonObject
  readonly byDefault: JsonValue | undefined
}

const MOST_REFERENCES = 8

function saidOf({ definition }: Tool, path: readonly string[]): Said | undefined {
  const root = objectIn(definition, 'inputSchema')
  const definitions = definitionsOf(root)
  const resolved = (schema: JsonValue | undefined, left = MOST_REFERENCES): JsonObject => {
    const name = isJsonObject(schema) ? refersTo(schema['$ref']) : undefined
    if (name !== undefined && left > 0) return resolved(memberIn(definitions, name), left - 1)
    return isJsonObject(schema) ? schema : {}
  }
  let found: JsonValue | undefined = root
  for (const name of path) found = memberIn(objectIn(resolved(found), 'properties'), name)
  if (found === undefined) return undefined
  return {
    schema: { ['definitions' in root ? 'definitions' : '$defs']: definitions, properties: { value: found } },
    byDefault: memberIn(found, 'default') ?? memberIn(resolved(found), 'default'),
  }
}

const misfit = ({ schema }: Said, value: JsonValue) => misfitOf(schema, { value })

/** One of each type: a schema that takes them all says nothing. */
const PROBES: readonly JsonValue[] = [null, true, 1, 'text', [], {}]

const isVague = (said: Said): boolean =>
  schemaFault(said.schema) !== null || PROBES.every((probe) => misfit(said, probe) === null)

const isEmpty = (value: JsonValue): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length === 0 : !value

/** Whether a server does the same with this value as without the argument. */
const isByItself = ({ byDefault = null }: Said, value: JsonValue): boolean =>
  canonicalize(value) === canonicalize(byDefault) || (isEmpty(value) && isEmpty(byDefault))

function valueFault(member: string, said: Said, tool: string, value: JsonValue): string | undefined {
  if (isVague(said)) return `${member}: The schema of ${tool} does not say what this argument may be.`
  const found = misfit(said, value)
  return found ? `${member}: It has to be ${found.expected}.` : undefined
}

/** A statement is sent in an argument that is a text. */
function sqlFault(sql: string, tool: Tool): string | undefined {
  const said = saidOf(tool, [sql])
  return said ? valueFault('explain.sql', said, tool.name, 'SELECT 1') : declaredFault('explain.sql', tool, sql)
}

/** A constant of a dry run by the called tool. */
interface Constant {
  readonly path: readonly string[]
  readonly value: JsonValue
}

function constantsIn(given: JsonObject, above: readonly string[] = []): readonly Constant[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const path = [...above, name]
    return isJsonObject(value) && !isEmpty(value) ? constantsIn(value, path) : [{ path, value }]
  })
}

function constantFault({ path, value }: Constant, called: Tool): string | undefined {
  const member = `dry_run.arguments.${path.join('.')}`
  const said = saidOf(called, path)
  if (!said) return declaredFault(member, called, path.join('.'))
  const fault = valueFault(member, said, called.name, value)
  if (fault !== undefined || !isByItself(said, value)) return fault
  return `${member}: ${called.name} takes this value by itself, so the call would run. Give the value that makes it a dry run.`
}

/** The argument in which a call says what its dry run overrides, so that people would be shown another call. */
export function overriddenIn(preview: PreviewRule, called: Tool, args: JsonObject): string | undefined {
  if (!('dry_run' in preview) || otherTool(preview)) return undefined
  const overridden = constantsIn(preview.dry_run.arguments).find(({ path }) => {
    const said = saidOf(called, path)
    const value = valueAt(args, path)
    return value !== undefined && !(said && isByItself(said, value))
  })
  return overridden?.path.join('.')
}

/** What stands in its place, where a part of the path is no object. */
function valueAt(args: JsonObject, path: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = args
  for (const name of path) {
    if (found === undefined || !isJsonObject(found)) return found
    found = memberIn(found, name)
  }
  return found
}
