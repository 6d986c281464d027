/**
 * An action in plain words: the executor's own sentence, with the values of this very call in it. Cuts nothing and
 * escapes nothing: values are hostile text, and the page that shows them decides how. SPEC 3, 4.
 */
import type { ActionCall, ActionSpec, JsonObject, JsonValue, Preview } from '@countersign/verifier'
import { memberOf, PLACEHOLDER } from './argument-path.ts'

/** `argument`: text that somebody else chose; `missing`: an argument that the sentence names and the call lacks. */
export type Segment =
  | { readonly from: 'executor'; readonly text: string }
  | { readonly from: 'argument'; readonly text: string; readonly member: string }
  | { readonly from: 'missing'; readonly text: string; readonly member: string }

interface Worded {
  readonly title?: string | undefined
  readonly phrase?: string | undefined
}

/** Total: a sentence that does not fit the call shows what is missing. Without a sentence, a general one stands in. */
export function describe({ title, phrase }: Worded, action: ActionCall): readonly Segment[] {
  if (phrase !== undefined) return fill(givenParts(phrase, action.arguments), action.arguments, listed)
  const template = title?.trim()
  return template ? fill(template, action.arguments, whole) : general(action)
}

/** A phrase without the parts in brackets whose arguments are not all given. Values are put in afterwards. */
const givenParts = (phrase: string, values: JsonObject): string =>
  phrase.replace(/\[([^[\]]*)\]/g, (_, part: string) => (isGiven(part, values) ? part : ''))

const isGiven = (part: string, values: JsonObject): boolean =>
  [...part.matchAll(PLACEHOLDER)].every(([, path = '']) => memberOf(values, path) !== undefined)

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

type ShowValue = (value: JsonValue, member: string) => readonly Segment[]

function fill(template: string, values: JsonObject, show: ShowValue): Segment[] {
  const segments: Segment[] = []
  let end = 0
  for (const match of template.matchAll(PLACEHOLDER)) {
    if (match.index > end) segments.push({ from: 'executor', text: template.slice(end, match.index) })
    segments.push(...segmentsOf(values, match[1] ?? '', show))
    end = match.index + match[0].length
  }
  if (end < template.length) segments.push({ from: 'executor', text: template.slice(end) })
  return segments
}

function segmentsOf(values: JsonObject, member: string, show: ShowValue): readonly Segment[] {
  const value = memberOf(values, member)
  return value === undefined ? [{ from: 'missing', text: `(no ${member} given)`, member }] : show(value, member)
}

const whole: ShowValue = (value, member) => [
  { from: 'argument', text: typeof value === 'string' ? value : JSON.stringify(value), member },
]

const MOST_LISTED = 8

/** A short list of plain values item by item, each marked as a value of its own. */
function listed(value: JsonValue, member: string): readonly Segment[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_LISTED || value.some(isNested))
    return whole(value, member)
  return value.flatMap((item: JsonValue, at): Segment[] => [
    ...(at === 0 ? [] : [{ from: 'executor' as const, text: at === value.length - 1 ? ' and ' : ', ' }]),
    ...whole(item, `${member}.${at}`),
  ])
}

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null

/**
 * One line a value; nested members by their path, elements of an array by their name where they have one. Plain elements
 * are named by the array alone, so that one that stays is the same line wherever it stands.
 */
function linesOf(value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${value}`]
  const members = Array.isArray(value)
    ? value.map((element, at) => [isNested(element) ? nameIn(element, at) : '', element])
    : Object.entries(value)
  if (members.length === 0) return [`${path}: none`]
  return members.flatMap(([name, member]) => linesOf(member, [path, name].filter((part) => part !== '').join('.')))
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
  if (Object.keys(action.arguments).length > 0) return previewOfMembers(action.resource, action.arguments, replaced)
  return { changes: [{ label: action.resource, before: null, after: action.name }] }
}

/** Members line by line, beside those that they replace. */
export const previewOfMembers = (label: string, members: object, replaced: object | null): Preview => ({
  changes: [
    {
      label,
      before: replaced === null ? null : linesOf(replaced, '').join('\n'),
      after: linesOf(members, '').join('\n'),
    },
  ],
})
