/**
 * An action in plain words: the executor's own sentence, with the values of this very call in it. Cuts nothing and
 * escapes nothing: values are hostile text, and the page that shows them decides how. SPEC 3, 4.
 */
import type { ActionCall, ActionSpec, JsonObject, Preview } from '@countersign/verifier'
import { memberOf, PLACEHOLDER } from './argument-path.ts'

/** `argument`: text that somebody else chose; `missing`: an argument that the sentence names and the call lacks. */
export type Segment =
  | { readonly from: 'executor'; readonly text: string }
  | { readonly from: 'argument'; readonly text: string; readonly member: string }
  | { readonly from: 'missing'; readonly text: string; readonly member: string }

/** Total: a sentence that does not fit the call shows what is missing. Without a sentence, a general one stands in. */
export function describe(entry: { readonly title?: string | undefined }, action: ActionCall): readonly Segment[] {
  const template = entry.title?.trim()
  return template ? fill(template, action.arguments) : general(action)
}

/** The sentence as one line, for a window title or a log: never for the decision itself. */
export const plainText = (sentence: readonly Segment[]): string => sentence.map(({ text }) => text).join('')

function general(action: ActionCall): Segment[] {
  return [
    { from: 'executor', text: 'Run ' },
    { from: 'argument', text: action.name, member: 'name' },
    { from: 'executor', text: ' on ' },
    { from: 'argument', text: action.resource, member: 'resource' },
  ]
}

function fill(template: string, values: JsonObject): Segment[] {
  const segments: Segment[] = []
  let end = 0
  for (const match of template.matchAll(PLACEHOLDER)) {
    if (match.index > end) segments.push({ from: 'executor', text: template.slice(end, match.index) })
    segments.push(segmentOf(values, match[1] ?? ''))
    end = match.index + match[0].length
  }
  if (end < template.length) segments.push({ from: 'executor', text: template.slice(end) })
  return segments
}

function segmentOf(values: JsonObject, member: string): Segment {
  const value = memberOf(values, member)
  if (value === undefined) return { from: 'missing', text: `(no ${member} given)`, member }
  return { from: 'argument', text: typeof value === 'string' ? value : JSON.stringify(value), member }
}

/** One line a value; nested members by their path, elements of an array by their name where they have one. */
function linesOf(value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${value}`]
  const members = Array.isArray(value)
    ? value.map((element, at) => [nameIn(element, at), element])
    : Object.entries(value)
  if (members.length === 0) return [`${path}: none`]
  return members.flatMap(([name, member]) => linesOf(member, path === '' ? name : `${path}.${name}`))
}

function nameIn(element: unknown, at: number): string {
  if (typeof element !== 'object' || element === null) return String(at)
  if ('name' in element && typeof element.name === 'string') return element.name
  return 'kid' in element && typeof element.kid === 'string' ? element.kid : String(at)
}

/** `replaced`: the members as they are now, where the arguments change some. */
export function previewOfArguments(
  action: ActionSpec,
  replaced: Readonly<Record<string, unknown>> | null = null,
): Preview {
  const before = replaced === null ? null : linesOf(replaced, '').join('\n')
  const after = Object.keys(action.arguments).length === 0 ? action.name : linesOf(action.arguments, '').join('\n')
  return { changes: [{ label: action.resource, before, after }] }
}
