/** A request in one sentence, whole or with what is sensitive masked. SPEC 4, 4.6. */
import type { ActionSpec } from '@countersign/verifier'
import type { Constraints } from '@countersign/verifier/authority'
import { readArgumentsOf } from '../action/bounds-words.ts'
import { describe, type Segment } from '../action/describe.ts'
import { MASK, maskSensitive, sensitivePaths } from '../action/sensitive.ts'
import { onceForEach } from '../once-for-each.ts'
import type { ApprovalRequest } from './approval-request.ts'
import type { Series } from './series.ts'

type Described = Pick<ApprovalRequest, 'action' | 'series' | 'catalogueEntry' | 'name' | 'preview'>

/**
 * A series has words for what may differ between its calls. A request whose action was erased is still named. A list says
 * each of its requests several times, and again for as long as they are known.
 */
export const describeRequest: (request: Described) => readonly Segment[] = onceForEach(sentenceOf)

function sentenceOf({ action, series, catalogueEntry, name, preview }: Described): readonly Segment[] {
  if (action === null)
    return [
      { from: 'executor', text: 'Run ' },
      { from: 'argument', text: name, member: 'name' },
    ]
  if (series === null) return withName(action, describe(catalogueEntry, action), preview)
  const read = { ...action, arguments: readArgumentsOf(action.arguments, series.bounds?.arguments ?? {}) }
  return [{ from: 'executor', text: 'Several times: ' }, ...describe(catalogueEntry, read)]
}

/** A change to the authority names its subject by an id: its preview, which the authority made, has the name. A number needs none. */
function withName(action: ActionSpec, sentence: readonly Segment[], preview: Described['preview']): readonly Segment[] {
  const summary = preview?.by === 'executor' ? preview.content?.summary : undefined
  if (!summary || !action.name.startsWith('countersign.')) return sentence
  const last = sentence.findLast((segment) => segment.from === 'argument')
  if (last?.from === 'argument' && typeof action.arguments[last.member] === 'number') return sentence
  const end = sentence.findLastIndex(({ from }) => from === 'argument') + 1
  const named: readonly Segment[] = [
    { from: 'executor', text: ' (' },
    { from: 'argument', text: summary, member: 'name' },
    { from: 'executor', text: ')' },
  ]
  return end === 0 ? [...sentence, ...named] : [...sentence.slice(0, end), ...named, ...sentence.slice(end)]
}

/** `masked`: paths of the sensitive arguments that the request has, fixed or bounded. */
export function maskRequest<T extends Described>(
  request: T,
): { readonly request: T; readonly masked: readonly string[] } {
  const { action: whole, series: open, catalogueEntry } = request
  if (whole === null) return { request, masked: [] }
  const { action, masked } = maskSensitive(whole, catalogueEntry)
  const bounded = sensitivePaths(catalogueEntry).filter((path) => Object.hasOwn(open?.bounds?.arguments ?? {}, path))
  return { request: { ...request, action, series: maskSeries(open, bounded) }, masked: [...masked, ...bounded] }
}

function maskSeries(series: Series | null, names: readonly string[]): Series | null {
  if (series?.bounds == null || names.length === 0) return series
  return { ...series, bounds: { ...series.bounds, arguments: maskConstraints(series.bounds.arguments, names) } }
}

const maskConstraints = (constraints: Constraints, names: readonly string[]): Constraints =>
  Object.fromEntries(
    Object.entries(constraints).map(([name, constraint]) => [
      name,
      names.includes(name) ? { equals: MASK } : constraint,
    ]),
  )
