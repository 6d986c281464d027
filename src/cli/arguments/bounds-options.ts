/** The bounds of a grant, as options give them: `path.prefix=src/`, `amount.max:=50`. SPEC 4.6. */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { usage } from '../exit.ts'
import { pairOf } from './action-arguments.ts'

const NUMERIC = /^\d+(\.\d+)?$/
const KINDS = ['equals', 'oneOf', 'prefix', 'max', 'sum']

/** By argument name; an argument can have several members, such as `max` and `sum`. */
export function boundsFrom(pairs: readonly string[]): JsonObject {
  const bounds = new Map<string, JsonObject>()
  for (const [path, value] of pairs.map((pair) => pairOf('--bound', pair))) {
    const [, name, kind] = /^(.+)\.(\w+)$/s.exec(path) ?? []
    if (name === undefined || kind === undefined || !KINDS.includes(kind))
      throw usage(`--bound ${path}: write ARGUMENT.KIND, where KIND is one of ${KINDS.join(', ')}.`)
    if ((kind === 'max' || kind === 'sum') && typeof value !== 'number')
      throw usage(`--bound ${path}: it is a number. Write ${path}:=${NUMERIC.test(String(value)) ? value : '50'}.`)
    if (kind === 'oneOf' && !Array.isArray(value))
      throw usage(`--bound ${path}: it is a list. Write ${path}:='["a","b"]'.`)
    const before: Readonly<Record<string, JsonValue>> = bounds.get(name) ?? {}
    if (Object.hasOwn(before, kind)) throw usage(`The bound ${path} is given twice.`)
    bounds.set(name, { ...before, [kind]: value })
  }
  return Object.fromEntries(bounds)
}
