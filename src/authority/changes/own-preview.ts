/**
 * What a change to the authority would change, computed by the authority itself: it is the executor.
 *
 * In: the action. Out: a `Preview`, in which every argument stands on a line of its own. Claims nothing about what
 * stands there now: these changes add, they replace nothing. SPEC 10.
 */
import type { ActionSpec, JsonValue, Preview } from '@countersign/verifier'

/** One line a value; nested members by their path. */
function linesOf(value: JsonValue, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${value}`]
  const members = Object.entries(value)
  if (members.length === 0) return [`${path}: none`]
  return members.flatMap(([name, member]) => linesOf(member, path === '' ? name : `${path}.${name}`))
}

export function previewOfChange(action: ActionSpec): Preview {
  const after = Object.keys(action.arguments).length === 0 ? action.name : linesOf(action.arguments, '').join('\n')
  return { changes: [{ label: action.resource, before: null, after }] }
}
