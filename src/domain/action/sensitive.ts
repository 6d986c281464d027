/**
 * What a catalogue calls sensitive: those arguments are masked for readers, in the call and in its sentence. A preview
 * or a reason may repeat them in any form, so whoever masks an argument leaves those out whole. SPEC 4, 8.
 */
import type { ActionSpec, JsonObject, JsonValue } from '@countersign/verifier'

/** Stands in place of a masked value. */
export const MASK = '•••••• (masked)'

export interface MaskedAction {
  readonly action: ActionSpec
  /** Paths of the sensitive arguments that this call has. */
  readonly masked: readonly string[]
}

interface Listed {
  readonly arguments?: readonly { readonly name: string; readonly sensitive?: boolean | undefined }[] | undefined
}

/** Whether a call of it may hold something sensitive, and texts about the call repeat it. */
export const hasSensitive = (entry: Listed): boolean => sensitivePaths(entry).length > 0

export const sensitivePaths = ({ arguments: listed = [] }: Listed): readonly string[] =>
  listed.filter(({ sensitive }) => sensitive === true).map(({ name }) => name)

/** `entry`: of the executor's catalogue. */
export function maskSensitive(action: ActionSpec, entry: Listed): MaskedAction {
  const paths = sensitivePaths(entry)
  const masked: string[] = []
  let values: JsonObject = action.arguments
  for (const path of paths) {
    const without = maskMember(values, path)
    if (without === undefined) continue
    masked.push(path)
    values = without
  }
  return { action: { ...action, arguments: values }, masked }
}

/** Undefined where there is no such member. Member names can hold dots: every value that the path may mean is masked. */
function maskMember(values: JsonObject, path: string): JsonObject | undefined {
  let found = Object.hasOwn(values, path) ? withMember(values, path, MASK) : undefined
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const [name, rest] = [path.slice(0, dot), path.slice(dot + 1)]
    const inner = Object.hasOwn(values, name) ? maskWithin(values[name] ?? null, rest) : undefined
    if (inner !== undefined) found = withMember(found ?? values, name, inner)
  }
  return found
}

function maskWithin(value: JsonValue, path: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!isList(value)) return maskMember(value, path)
  const without = maskMember(Object.fromEntries(value.entries()), path)
  return without && value.map((item, at) => without[at] ?? item)
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)

/** Keeps the order of members; `__proto__` is a name like others. */
const withMember = (values: JsonObject, name: string, value: JsonValue): JsonObject =>
  Object.fromEntries(Object.entries(values).map(([key, member]) => [key, key === name ? value : member]))
