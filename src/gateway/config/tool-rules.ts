/**
 * The rules for the tools of a server: what they do, and how the gateway finds out what a call would change. Here is
 * refused what is wrong whatever the server offers.
 */
import type { JsonValue } from '@countersign/verifier'
import * as z from 'zod'
import { isJudged } from '../message/methods.ts'
import { WrongConfig } from './config-errors.ts'

const Json: z.ZodType<JsonValue> = z.json()

/** The argument that a text of a template stands for. */
export const argumentIn = (value: JsonValue): string | undefined =>
  typeof value === 'string' ? /^\{([^{}]+)\}$/.exec(value)?.[1] : undefined

const isTemplate = (value: JsonValue): boolean =>
  typeof value === 'string'
    ? !/[{}]/.test(value) || argumentIn(value) !== undefined
    : partsOf(value).every((part) => isTemplate(part))

/** Null is nothing that the arguments of an agent could be overridden with. */
const isConstant = (value: JsonValue): boolean =>
  value !== null && (typeof value === 'string' ? !/[{}]/.test(value) : partsOf(value).every((part) => isConstant(part)))

const partsOf = (value: JsonValue): readonly JsonValue[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : []

const argument = z.string().min(1).max(128)
const tool = z.string().min(1)
const template = z
  .record(z.string(), Json.refine(isTemplate, 'A text is "{argument}" alone, or has no braces'))
  .default({})
const constants = z
  .record(
    z.string(),
    Json.refine(isConstant, 'It has to be a constant, without null and "{argument}": the agent chooses the arguments'),
  )
  .refine(
    (given) => Object.keys(given).length > 0,
    'It has to name what makes the call a dry run, such as { "dryRun": true }',
  )

const Preview = z.union(
  [
    z.strictObject({
      read: z.strictObject({
        tool,
        arguments: template,
        member: argument.optional().meta({ description: 'The part of the result that is shown and compared' }),
      }),
      after: z
        .union(
          [argument, z.strictObject({ merge: argument })],
          'It has to be the name of an argument, or { "merge": "…" } with one',
        )
        .optional()
        .meta({
          description: 'The argument that takes the place of what was read, or is merged into it; by default it goes',
        }),
    }),
    z.strictObject({ dry_run: z.strictObject({ arguments: constants }) }),
    z.strictObject({ dry_run: z.strictObject({ tool, arguments: template }) }),
    z.strictObject({ explain: z.strictObject({ tool: tool.optional(), sql: argument }) }),
  ],
  'It has to be { "read": { … } }, { "dry_run": { … } } or { "explain": { … } }',
)
export type PreviewRule = z.output<typeof Preview>

export const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'It is no scope of OAuth')

const effect = z.enum(['read', 'write', 'destructive'])
const Rule = z.union(
  [
    effect.transform((given) => ({ effect: given })),
    z.strictObject({
      effect,
      reversible: z.boolean().optional(),
      resource: z.string().min(1).max(1024).optional(),
      preview: Preview.optional(),
      scope: scope.optional(),
    }),
  ],
  'It has to be "read", "write" or "destructive", or an object with one of them: { "effect": "write", … }',
)
export type ToolRule = Exclude<z.output<typeof Rule>, string> & {
  readonly reversible?: boolean | undefined
  readonly resource?: string | undefined
  readonly preview?: PreviewRule | undefined
  /** Of the token that is exchanged for a call. */
  readonly scope?: string | undefined
}

/** By the name of a tool, or a beginning of it and `*`; the first that fits counts. */
export type ToolRules = Readonly<Record<string, ToolRule>>

export const ToolRules = z.record(
  z.string().regex(/^[^*]{0,128}\*?$/, 'It has to be a name, or a beginning and *'),
  Rule,
)

const fits = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

/** The rule of a tool, and the name that it has in the configuration. */
export const ruleOf = (name: string, rules: ToolRules): readonly [string, ToolRule] | undefined =>
  Object.entries(rules).find(([pattern]) => fits(pattern, name))

export const ruleFor = (name: string, rules: ToolRules): ToolRule | undefined => ruleOf(name, rules)?.[1]

/** The tool that a preview calls in place of the called one. */
export function otherTool(preview: PreviewRule): { readonly member: string; readonly tool: string } | undefined {
  if ('read' in preview) return { member: 'read.tool', tool: preview.read.tool }
  if ('explain' in preview)
    return preview.explain.tool === undefined ? undefined : { member: 'explain.tool', tool: preview.explain.tool }
  return 'tool' in preview.dry_run ? { member: 'dry_run.tool', tool: preview.dry_run.tool } : undefined
}

/** `place`: of the rules in the configuration. Throws `WrongConfig`. */
export function checkRules(place: string, rules: ToolRules): void {
  const names = Object.keys(rules)
  for (const [at, name] of names.entries()) {
    const earlier = names.slice(0, at).find((one) => one.endsWith('*') && name.startsWith(one.slice(0, -1)))
    // The rule of a method counts by its whole name.
    if (earlier !== undefined && !isJudged(name))
      throw new WrongConfig(
        `${place}.${name}: It never counts, since ${earlier} fits before it. Put it before ${earlier}.`,
      )
    const fault = previewFault(rules, name)
    if (fault !== undefined) throw new WrongConfig(`${place}.${name}.preview${fault}`)
  }
}

/** The rest of a sentence that begins with the place of the preview. */
function previewFault(rules: ToolRules, name: string): string | undefined {
  const { preview, effect } = rules[name] ?? {}
  if (!preview) return undefined
  if (effect === 'read')
    return ': A read changes nothing, so there is nothing to show before it. Leave the preview out, or make the effect "write".'
  const other = otherTool(preview)
  if (!other || ruleFor(other.tool, rules)?.effect === 'read') return undefined
  return `.${other.member}: ${other.tool} counts as a tool that writes, and this one is called before people consent. Name another, or give it the rule "read" if it only reads.`
}
