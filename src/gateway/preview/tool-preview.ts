/**
 * What a call would change, found at its own server before anybody is asked: a read of what would be replaced, a dry run,
 * or the plan of a statement. What was found is the state that the approval is bound to; it is looked at again just
 * before the call, and after.
 */
import { digestOf, type JsonObject, type JsonValue, type Preview } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { argumentIn, type PreviewRule } from '../config/tool-rules.ts'
import { NotPreviewed, PreviewRefused, type ToolPreview } from '../gate/tool-call.ts'
import type { Outcome, RpcError } from '../message/json-rpc.ts'
import { isUnfinished } from '../message/unfinished.ts'
import { isOverlong, isUnsent, isUnsure } from '../message/unsure.ts'
import { boundedPreview } from './bounded-preview.ts'
import { jsonIn, memberIn, merged, readable } from './json-merge.ts'
import { isNote } from './notes.ts'
import { explaining } from './postgres-plan.ts'
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
  const find = async (args: JsonObject) =>
    textOf(await call.read(read.tool, filled(read.arguments, args)), true, read.member)
  const labelOf = (args: JsonObject) => String(Object.values(filled(read.arguments, args))[0] ?? call.tool)
  return {
    // The state comes before the preview, and before the run.
    async state(args) {
      before = await find(args)
      return stateOf(before)
    },
    preview: async (args) => replacing(labelOf(args), before, args, after),
    result: async (_, args) => changeOf(labelOf(args), before, await find(args)),
  }
}

function replacing(label: string, before: string | null, args: JsonObject, after: Read['after']): Preview {
  if (after === undefined) return changeOf(label, before, null)
  if (typeof after === 'string') return changeOf(label, before, textIn(args, after))
  const [document, patch] = [jsonIn(before ?? '{}'), jsonIn(args[after.merge] ?? {})]
  if (document === undefined || patch === undefined)
    return { summary: `${label} cannot be shown as it will be: what is there, or the patch, is no JSON.`, changes: [] }
  return changeOf(label, before === null ? null : readable(document), readable(merged(document, patch)))
}

const textIn = (args: JsonObject, name: string): string | null => {
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
      : call.read(call.tool, merged(args, rule.arguments))
  let said: string | null = null
  return {
    // The state comes before the preview: people are shown what it is the digest of.
    async state(args) {
      said = textOf(await find(args), false)
      return stateOf(said)
    },
    preview: async () => saidOf('Dry run', said),
    result: async (outcome) => saidOf('Result', textOf(outcome, true)),
  }
}

/** The state is the plan without its estimates, which change with every row. */
function explain({ tool, sql }: Explain, call: Previewed): ToolPreview {
  async function find(args: JsonObject, costs: boolean): Promise<string | null> {
    const text = await explaining(textIn(args, sql) ?? '', costs)
    if (text === undefined) return null
    return textOf(await call.read(tool ?? call.tool, { [sql]: text }), false)
  }
  return {
    state: async (args) => stateOf(await find(args, false)),
    async preview(args) {
      const plan = await find(args, true)
      const isAlone = Object.keys(args).length === 1
      const label = isAlone ? 'Plan of the statement' : 'Plan of the statement, without the other arguments'
      return plan === null ? { summary: NO_PLAN, changes: [] } : changeOf(label, null, plan)
    },
    result: async (outcome) => changeOf('Result', null, textOf(outcome, true)),
  }
}

const NO_PLAN =
  'PostgreSQL has no plan for this text: it is not one statement that reads or changes rows. Read it before you approve.'

const stateOf = async (found: string | null): Promise<string> =>
  found === null ? 'absent' : digestOf({ typ: 'countersign/mcp-state/v1', found })

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

/** Throws where the server gives no answer, and where it answers with an error that does not mean that nothing is there. */
function textOf(outcome: Outcome, mayBeAbsent: boolean, member?: string): string | null {
  if ('error' in outcome) throw noAnswer(outcome)
  if (isUnfinished(outcome.result))
    throw new NotPreviewed({ code: 'state_unknown', detail: UNFINISHED, isLasting: true })
  const { content, isError, structuredContent } = outcome.result
  const texts = Array.isArray(content)
    ? content
        .filter(isJsonObject)
        .flatMap((one) => (typeof one['text'] === 'string' && !isNote(one) ? [one['text']] : []))
    : []
  if (isError === true && mayBeAbsent && texts.some((text) => ABSENT.test(text))) return null
  const text = texts.join('\n')
  const found = member === undefined ? text : memberIn(structuredContent ?? jsonIn(text), member)
  if (isError === true || found === undefined) throw new PreviewRefused(text || 'nothing')
  return readable(found)
}

function noAnswer(outcome: { readonly error: RpcError }): Error {
  const { message } = outcome.error
  if (!isUnsure(outcome) && !isUnsent(outcome)) return new PreviewRefused(message)
  return new NotPreviewed({
    code: 'state_unknown',
    detail: `What this call would change is not known. ${message}`,
    ...(isOverlong(outcome) && { isLasting: true as const }),
  })
}

const UNFINISHED = 'What this call would change is not known: the server asks for input first, or makes a task of it.'
const ABSENT = /ENOENT|no such file|not found|does not exist|404/i

/** What a server says of a change: a diff as what it changes, else its words. */
const saidOf = (label: string, text: string | null): Preview => {
  const parts = readDiff(text ?? '') ?? []
  return parts.length === 0 ? changeOf(label, null, text) : boundedPreview(parts)
}

const changeOf = (label: string, before: string | null, after: string | null): Preview =>
  boundedPreview([{ file: label, from: 1, before, after }])
