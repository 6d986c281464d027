/**
 * The entry of a tool in the gateway's catalogue: what people approve, and what a call is checked against. Its `pin`
 * is the digest of all that the server says of the tool, so that another description is another entry. The server's
 * words can raise the risk of a tool and never lower it.
 */
import { type Digest, digestOf, type JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { schemaFault } from '../../domain/catalogue/schema.ts'
import { ruleFor, type ToolRule, type ToolRules } from '../config/tool-rules.ts'
import { objectIn } from '../message/json-rpc.ts'
import { isJudged } from '../message/methods.ts'

/** A tool as `tools/list` has it. */
export interface Tool {
  readonly name: string
  readonly definition: JsonObject
  /** Digest of the whole definition. */
  readonly pin: Digest
}

/** An entry of the catalogue. */
export interface ToolEntry {
  readonly name: string
  readonly effect: ToolRule['effect']
  readonly reversible?: boolean
  readonly title: string
  readonly description?: string
  readonly phrase?: string
  readonly schema?: JsonObject
  readonly definition?: string
  readonly pin: Digest
}

/** What a server offers. */
export interface Offer {
  /** Its tools by name, in each protocol. */
  readonly listed: readonly ReadonlyMap<string, Tool>[]
  readonly entries: readonly ToolEntry[]
  /** The pins of a tool that is described otherwise in each protocol, by the pin of its entry, which covers them all. */
  readonly versions: ReadonlyMap<Digest, readonly Digest[]>
}

/** Tools with a name that no action can have, or that another action has, are left out. */
export async function toolsIn(result: JsonObject): Promise<readonly Tool[]> {
  const { tools } = result
  if (!Array.isArray(tools)) return []
  const found = tools.filter(isJsonObject).map(async (definition) => {
    const { name } = definition
    if (typeof name !== 'string' || !/^[A-Za-z0-9._:/-]{1,90}$/.test(name) || isJudged(name)) return []
    return [{ name, definition, pin: await digestOf({ typ: 'countersign/mcp-tool/v1', tool: definition }) }]
  })
  return (await Promise.all(found)).flat()
}

export const actionName = (upstream: string, tool: string): string => `${upstream}.${tool}`

/** A schema that the authority cannot check arguments against is kept as text. */
export function entryOf(upstream: string, tool: Tool, rules: ToolRules): ToolEntry {
  const { definition, pin } = tool
  const rule = ruleFor(tool.name, rules)
  const { name, description, inputSchema, ...others } = definition
  const schema = isJsonObject(inputSchema) && schemaFault(inputSchema) === null ? inputSchema : undefined
  const isWhole = typeof description === 'string' && description !== '' && shortened(description) === description
  const further: JsonObject = {
    ...others,
    ...(isWhole || description === undefined ? {} : { description }),
    ...(schema || inputSchema === undefined ? {} : { inputSchema }),
  }
  return {
    name: actionName(upstream, tool.name),
    effect: effectOf(rule, definition),
    ...(rule?.reversible === undefined ? {} : { reversible: rule.reversible }),
    title: `${tool.name} (${upstream})`,
    ...(schema && { phrase: phraseOf(upstream, tool.name, rule, schema) }),
    ...(typeof description === 'string' && description !== '' ? { description: shortened(description) } : {}),
    ...(schema && { schema }),
    ...(Object.keys(further).length === 0 ? {} : { definition: JSON.stringify(further, null, 2) }),
    pin,
  }
}

const MOST_NAMED = 2

/** The name of the tool, and what a call touches: the arguments of its resource, or the first that it demands. */
function phraseOf(upstream: string, tool: string, rule: ToolRule | undefined, schema: JsonObject): string {
  const { required } = schema
  const demanded: readonly unknown[] = Array.isArray(required) ? required : []
  const inResource = [...(rule?.resource ?? '').matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name)
  const named = [...new Set(inResource.length > 0 ? inResource : demanded)]
    .filter((name): name is string => typeof name === 'string' && /^[A-Za-z0-9_-]{1,40}$/.test(name))
    .filter((name) => Object.hasOwn(objectIn(schema, 'properties'), name))
    .slice(0, MOST_NAMED)
  return `${tool} (${upstream})${named.map((name, at) => `[${at === 0 ? ': ' : ', '}{${name}}]`).join('')}`
}

export const effectOfTool = ({ name, definition }: Tool, rules: ToolRules): ToolRule['effect'] =>
  effectOf(ruleFor(name, rules), definition)

/** Without a rule a tool writes, or destroys where its server says so. A rule's `read` is none where its server says that it writes. */
function effectOf(rule: ToolRule | undefined, definition: JsonObject): ToolRule['effect'] {
  const hints = objectIn(definition, 'annotations')
  if (rule === undefined) return hints['destructiveHint'] === true ? 'destructive' : 'write'
  return rule.effect === 'read' && saysItWrites(hints) ? 'write' : rule.effect
}

/** Only a tool that says that it reads need not say that it destroys nothing. */
const saysItWrites = ({ readOnlyHint, destructiveHint }: JsonObject): boolean =>
  readOnlyHint === false || (destructiveHint === true && readOnlyHint !== true)

const MAX_DESCRIPTION = 2000

export const shortened = (text: string): string =>
  [...text].length > MAX_DESCRIPTION ? `${[...text].slice(0, MAX_DESCRIPTION - 1).join('')}…` : text
