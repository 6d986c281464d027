/**
 * Whether a preview can be made before people consent, by what the server says of its tools: the tool that it calls only
 * reads, or gets a constant that makes the call a dry run. What a server does with a dry run is its own word.
 *
 * In: the tools of the server, and their rules. Out: a sentence that begins with the member of the configuration.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { argumentIn, otherTool, type PreviewRule, ruleOf, type ToolRules } from '../config/tool-rules.ts'
import { effectOfTool, type Tool } from '../upstream/tool-entry.ts'
import { declaredFault, saidOf, valueFault } from './argument-schema.ts'
import { conflictIn, constantsFault } from './dry-run-constants.ts'

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
  return named ? argumentsFault('dry_run.arguments', given, asked, called) : constantsFault(given, called)
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

/** A statement is sent in an argument that is a text. */
function sqlFault(sql: string, tool: Tool): string | undefined {
  const said = saidOf(tool, [sql])
  return said ? valueFault('explain.sql', said, tool.name, 'SELECT 1') : declaredFault('explain.sql', tool, sql)
}

/** Why no dry run can be made of this call, as a sentence that begins with the argument; undefined where there is nothing. */
export const callFault = (preview: PreviewRule, called: Tool, args: JsonObject): string | undefined =>
  'dry_run' in preview && !otherTool(preview) ? conflictIn(preview.dry_run.arguments, called, args) : undefined
