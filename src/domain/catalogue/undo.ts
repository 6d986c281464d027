/**
 * How an action is undone: the inverse action of the same executor, and where its arguments come from: the call, what
 * the executor reported of it, or the catalogue. SPEC 10.5, 10.8.
 */

import type { ActionCall, JsonObject, JsonValue, Preview } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { memberOf } from '../action/argument-path.ts'
import { plainJson } from '../action/plain-json.ts'
import type { Fault } from './schema.ts'

/** `call`: path of an argument. `outcome`: path in the reported result. `value`: as it stands. */
export type UndoSource = { readonly call: string } | { readonly outcome: string } | { readonly value: JsonValue }

export interface Undo {
  readonly name: string
  /** Default: the resource of the call. */
  readonly resource?: UndoSource | undefined
  readonly arguments: Readonly<Record<string, UndoSource>>
}

const MAX_ARGUMENTS = 32
const MAX_PATH = 128
const MEMBERS = ['name', 'resource', 'arguments']

const fault = (path: Fault['path'], words: string): Fault => ({ path, words })

/** The first fault of an undo from outside, or null: then it is an `Undo`. */
export function undoFault(undo: JsonValue): Fault | null {
  if (!isJsonObject(undo)) return fault([], 'an object with a name and arguments is expected')
  const unknown = Object.keys(undo).find((member) => !MEMBERS.includes(member))
  if (unknown !== undefined) return fault([unknown], 'there is no such member')
  const { name, resource, arguments: sources } = undo
  if (typeof name !== 'string') return fault(['name'], 'the name of an action of this catalogue is expected')
  if (resource !== undefined && !isSource(resource)) return fault(['resource'], SOURCE)
  if (!isJsonObject(sources) || Object.keys(sources).length > MAX_ARGUMENTS)
    return fault(['arguments'], `an object of at most ${MAX_ARGUMENTS} members is expected`)
  const [wrong] = Object.entries(sources).find(([, source]) => !isSource(source)) ?? []
  return wrong === undefined ? null : fault(['arguments', wrong], SOURCE)
}

const SOURCE = '{ "call": path }, { "outcome": path } or { "value": … } is expected'

function isSource(source: JsonValue): source is UndoSource & JsonObject {
  if (!isJsonObject(source)) return false
  const [[member, value] = [], ...more] = Object.entries(source)
  if (more.length > 0) return false
  return member === 'value' || (['call', 'outcome'].includes(member ?? '') && isPath(value))
}

const isPath = (value: JsonValue | undefined): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_PATH

/** Paths in the call that an undo reads. */
export const pathsOfUndo = ({ resource, arguments: sources }: Undo): readonly string[] =>
  [...(resource ? [resource] : []), ...Object.values(sources)].flatMap((source) =>
    'call' in source ? [source.call] : [],
  )

export type InverseCall =
  | { readonly ok: true; readonly call: ActionCall }
  /** The path that leads nowhere. */
  | { readonly ok: false; readonly missing: string }

/** The call that undoes another. `result`: what its executor reported; null where it reported nothing. */
export function inverseOf(undo: Undo, call: ActionCall, result: Preview | null): InverseCall {
  const reported = result === null ? {} : plainJson(result)
  const valueFrom = (source: UndoSource): JsonValue | undefined => {
    if ('value' in source) return source.value
    return 'call' in source ? memberOf(call.arguments, source.call) : memberOf(reported, source.outcome)
  }
  const resource = undo.resource === undefined ? call.resource : valueFrom(undo.resource)
  const members = Object.entries(undo.arguments).map(([name, source]) => ({ name, source, value: valueFrom(source) }))
  const lost = members.find(({ value }) => value === undefined || value === null)
  if (lost) return { ok: false, missing: pathOf(lost.source) }
  if (typeof resource !== 'string') return { ok: false, missing: pathOf(undo.resource ?? { value: null }) }
  const values = Object.fromEntries(members.map(({ name, value = null }) => [name, value]))
  return { ok: true, call: { name: undo.name, resource, arguments: values } }
}

function pathOf(source: UndoSource): string {
  if ('value' in source) return 'value'
  return 'call' in source ? `call.${source.call}` : `outcome.${source.outcome}`
}
