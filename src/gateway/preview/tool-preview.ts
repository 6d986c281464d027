/**
 * What a call would change, found at its own server before anybody is asked: a read of what would be replaced, a dry run,
 * or the plan of a statement. What was found is the state that the approval is bound to; it is looked at again just
 * before the call, and after.
 */
import { digestOf, type JsonObject, type JsonValue, type Preview } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { argumentIn, type PreviewRule } from '../config/tool-rules.ts'
import type { ToolPreview } from '../gate/tool-call.ts'
import type { Outcome } from '../message/json-rpc.ts'
import { boundedPreview } from './bounded-preview.ts'
import { withConstants } from './dry-run-constants.ts'
import { jsonIn, memberIn, merged, readable } from './json-merge.ts'
import { explaining } from './postgres-plan.ts'
import { type Found, foundIn, saysAbsent, textIn } from './server-answer.ts'
import { readDiff } from './unified-diff.ts'

/** The tool that is called, and the way to another of its server. */
interface Previewed {
  readonly tool: string
  readonly read: (tool: string, args: JsonObject) => Promise<Outcome>
}

export function createToolPreview(rule: PreviewRule, call: Previewed): ToolPreview {
  if ('explain' in rule) return explain(rule.explain, call)
  return 'dry_run' in rule ? dryRun(rule.dry_run, call) : readBefore(rule, call)
}

type Read = Extract<PreviewRule, { read: unknown }>
type DryRun = Extract<PreviewRule, { dry_run: unknown }>['dry_run']
type Explain = Extract<PreviewRule, { explain: unknown }>['explain']

/** Found is null where the server answers that there is nothing. */
function readBefore({ read, after }: Read, call: Previewed): ToolPreview {
  let before: string | null = null
  async function find(args: JsonObject): Promise<Found | null> {
    const sent = filled(read.arguments, args)
    const outcome = await call.read(read.tool, sent)
    return saysAbsent(outcome, sent) ? null : foundIn(outcome, read.member)
  }
  const labelOf = (args: JsonObject) => String(Object.values(filled(read.arguments, args))[0] ?? call.tool)
  return {
    // The state comes before the preview, and before the run.
    async state(args) {
      const found = await find(args)
      before = textOf(found)
      return stateOf(found)
    },
    preview: async (args) => replacing(labelOf(args), before, args, after),
    result: async (_, args) => changeOf(labelOf(args), before, textOf(await find(args))),
  }
}

function replacing(label: string, before: string | null, args: JsonObject, after: Read['after']): Preview {
  if (after === undefined) return changeOf(label, before, null)
  if (typeof after === 'string') return changeOf(label, before, argumentOf(args, after))
  const [document, patch] = [jsonIn(before ?? '{}'), jsonIn(args[after.merge] ?? {})]
  if (document === undefined || patch === undefined)
    return { summary: `${label} cannot be shown as it will be: what is there, or the patch, is no JSON.`, changes: [] }
  return changeOf(label, before === null ? null : readable(document), readable(merged(document, patch)))
}

const argumentOf = (args: JsonObject, name: string): string | null => {
  const value = memberIn(args, name)
  return value === undefined ? null : readable(value)
}

/**
 * The same tool gets the call with the constants in place of what the agent says there; another the configured arguments
 * alone, since what else the agent sends means something else to it.
 */
function dryRun(rule: DryRun, call: Previewed): ToolPreview {
  const find = (args: JsonObject) =>
    'tool' in rule
      ? call.read(rule.tool, filled(rule.arguments, args))
      : call.read(call.tool, withConstants(args, rule.arguments))
  let said = ''
  return {
    // The state comes before the preview: people are shown what it is the digest of.
    async state(args) {
      const found = foundIn(await find(args))
      said = found.text
      return stateOf(found)
    },
    preview: async () => saidOf('Dry run', said),
    result: async (outcome) => saidOf('Result', textIn(outcome)),
  }
}

/** The state is the plan without its estimates, which change with every row. */
function explain({ tool, sql }: Explain, call: Previewed): ToolPreview {
  async function find(args: JsonObject, costs: boolean): Promise<Found | null> {
    const text = await explaining(argumentOf(args, sql) ?? '', costs)
    return text === undefined ? null : foundIn(await call.read(tool ?? call.tool, { [sql]: text }))
  }
  return {
    state: async (args) => stateOf(await find(args, false)),
    async preview(args) {
      const plan = await find(args, true)
      const isAlone = Object.keys(args).length === 1
      const label = isAlone ? 'Plan of the statement' : 'Plan of the statement, without the other arguments'
      return plan === null ? { summary: NO_PLAN, changes: [] } : changeOf(label, null, plan.text)
    },
    result: async (outcome) => changeOf('Result', null, textIn(outcome)),
  }
}

const NO_PLAN =
  'PostgreSQL has no plan for this text: it is not one statement that reads or changes rows. Read it before you approve.'

const stateOf = async (found: Found | null): Promise<string> =>
  found === null ? 'absent' : digestOf({ typ: 'countersign/mcp-state/v1', found: found.whole })

const textOf = (found: Found | null): string | null => (found ? found.text : null)

/** `{name}` stands for an argument of the call, whatever it is; everything else for itself. What is not given is left out. */
const filled = (template: JsonObject, args: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(template).flatMap(([name, value]) => {
      const given = filling(value, args)
      return given === undefined ? [] : [[name, given]]
    }),
  )

function filling(value: JsonValue, args: JsonObject): JsonValue | undefined {
  if (isJsonObject(value)) return filled(value, args)
  if (Array.isArray(value)) {
    const parts: readonly JsonValue[] = value
    return parts.map((part) => filling(part, args)).filter((part) => part !== undefined)
  }
  const argument = argumentIn(value)
  return argument === undefined ? value : memberIn(args, argument)
}

/** What a server says of a change: a diff as what it changes, else its words. */
const saidOf = (label: string, text: string): Preview => {
  const parts = readDiff(text) ?? []
  return parts.length === 0 ? changeOf(label, null, text) : boundedPreview(parts)
}

const changeOf = (label: string, before: string | null, after: string | null): Preview =>
  boundedPreview([{ file: label, from: 1, before, after }])
