/**
 * The constants that make a call of a tool a dry run by the same tool. The agent chooses every other argument, and servers
 * differ in how they read them: some ignore the case of names, or take the first or the last of two. So a constant stands
 * alone under its name, in any spelling, beside arguments that the schema declares. SPEC 14.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { Tool } from '../upstream/tool-entry.ts'
import { isByItself, isEmpty, levelOf, saidOf, shownName, undeclaredFault, valueFault } from './argument-schema.ts'
import { memberIn } from './json-merge.ts'

interface Constant {
  readonly path: readonly string[]
  readonly value: JsonValue
}

function constantsIn(given: JsonObject, above: readonly string[] = []): readonly Constant[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const path = [...above, name]
    return isLevel(value) ? constantsIn(value, path) : [{ path, value }]
  })
}

const isLevel = (value: JsonValue): value is JsonObject => isJsonObject(value) && !isEmpty(value)

/** The first fault of the constants, by the schema of the tool. */
export function constantsFault(given: JsonObject, called: Tool): string | undefined {
  for (const constant of constantsIn(given)) {
    const fault = constantFault(constant, called)
    if (fault !== undefined) return `dry_run.arguments.${constant.path.join('.')}${fault}`
  }
  return undefined
}

function constantFault({ path, value }: Constant, called: Tool): string | undefined {
  const said = saidOf(called, path)
  if (!said) return undeclaredFault('', called, path.join('.'))
  const fault = valueFault('', said, called.name, value) ?? nameFault(path, called)
  if (fault !== undefined || !isByItself(said, value)) return fault
  return `: ${called.name} takes this value by itself, so the call would run. Give the value that makes it a dry run.`
}

function nameFault(path: readonly string[], called: Tool): string | undefined {
  for (const [depth, name] of path.entries()) {
    if (/^\d+$/.test(name)) return `: An argument whose name is a number cannot be set last, as a constant is.`
    const { declared } = levelOf(called, path.slice(0, depth))
    const alias = declared.find((one) => isOtherSpelling(one, name))
    if (alias !== undefined)
      return `: ${called.name} has the argument ${shownName(alias)}, too. A server may take it for ${name}, so this is no dry run for certain.`
  }
  return undefined
}

const isOtherSpelling = (name: string, constant: string): boolean =>
  name !== constant && folded(name) === folded(constant)

/** Letters and numbers alone, as the most lenient server compares them. */
const folded = (name: string): string =>
  name
    .normalize('NFKD')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]/gu, '')

/** Why no dry run can be made of this call, as a sentence that begins with the argument; undefined where it can. */
export function conflictIn(given: JsonObject, called: Tool, args: JsonObject): string | undefined {
  return levelConflict({ given, called, args }, [])
}

interface Conflicting {
  /** The constants at this level, and what the agent sends there. */
  readonly given: JsonObject
  readonly args: JsonObject
  readonly called: Tool
}

function levelConflict({ given, called, args }: Conflicting, above: readonly string[]): string | undefined {
  const level = levelOf(called, above)
  for (const [name, value] of Object.entries(args)) {
    const path = [...above, name]
    const shown = path.map(shownName).join('.')
    const constant = memberIn(given, name)
    const alias = Object.keys(given).find((one) => isOtherSpelling(name, one))
    if (alias !== undefined) return `${shown}: It is another spelling of ${alias}. ${SET}`
    if (constant === undefined) {
      if (!level.declared.includes(name) && !level.hasTypedOthers) return `${shown}: ${undeclared(called)}`
    } else if (isLevel(constant) && isJsonObject(value)) {
      const conflict = levelConflict({ given: constant, called, args: value }, path)
      if (conflict !== undefined) return conflict
    } else if (isLevel(constant) ? value !== null : !isUnset(value, called, path)) return `${shown}: ${SET}`
  }
  return undefined
}

function isUnset(value: JsonValue, called: Tool, path: readonly string[]): boolean {
  const said = saidOf(called, path)
  return said !== undefined && isByItself(said, value)
}

const SET = 'The gateway sets this argument itself, to show people what the call would change. Leave it out.'
const undeclared = ({ name }: Tool): string =>
  `The schema of ${name} has no such argument, so it is not known whether a dry run stays one with it. Leave it out.`

/** The arguments with the constants in place of what the agent says there, and after all that it sends. */
export function withConstants(args: JsonObject, given: JsonObject): JsonObject {
  const others = Object.entries(args).filter(([name]) => !Object.hasOwn(given, name))
  const last = Object.entries(given).map(([name, value]) => {
    const sent = memberIn(args, name)
    return [name, isLevel(value) ? withConstants(isJsonObject(sent) ? sent : {}, value) : value] as const
  })
  return Object.fromEntries([...others, ...last])
}
