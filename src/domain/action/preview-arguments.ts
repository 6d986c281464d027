/**
 * A preview of a change to the authority: each argument of the action on a line of its own.
 *
 * In: the action. Out: a `Preview`. The authority computes it, since it is the executor of these changes. Claims nothing
 * about the present state: these changes add, they replace nothing. SPEC 10.
 */
import type { ActionSpec, JsonValue, Preview } from '@countersign/verifier'

/** One line a value; nested members by their path. */
function linesOf(value: JsonValue, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${value}`]
  const members = Object.entries(value)
  if (members.length === 0) return [`${path}: none`]
  return members.flatMap(([name, member]) => linesOf(member, path === '' ? name : `${path}.${name}`))
}

export function previewOfArguments(action: ActionSpec): Preview {
  const after = Object.keys(action.arguments).length === 0 ? action.name : linesOf(action.arguments, '').join('\n')
  return { changes: [{ label: action.resource, before: null, after }] }
}
