/**
 * A preview within its bounds: whole while it is short, else the lines that differ. If these are too long, it shows the
 * beginning of what differs and says in its summary that it is cut, with sizes.
 */
import type { Preview } from '@countersign/verifier'
import { createTwoFilesPatch } from 'diff'
import { type DiffPart, readDiff } from './unified-diff.ts'

/** Most that is shown of one call, as JSON in UTF-8. */
const MAX_BYTES = 24_000
const MAX_LABEL = 120
/** Lines of a text that is compared, and lines that may differ. */
const MAX_LINES = 20_000
const MAX_DIFFERENT = 200
/** Lines of each side of a part that is cut. */
const MAX_CUT_LINES = 200
/** Characters of a long line that are shown ahead of its difference. */
const AHEAD = 200

export function boundedPreview(whole: readonly DiffPart[]): Preview {
  if (bytesOf(whole) <= MAX_BYTES) return previewOf(whole, [])
  const parts = whole.flatMap(differing)
  const shown = firstOf(parts)
  const cut = shown.length < parts.length || shown.some((part, at) => sizeOf(part) < sizeOf(parts[at]))
  return previewOf(shown, [...(parts.length === 0 ? [NOTHING] : []), ...(cut ? [cutWords(shown, parts)] : [])])
}

const NOTHING = 'Nothing differs: what would be written is what is there.'

function previewOf(parts: readonly DiffPart[], notes: readonly string[]): Preview {
  const said = parts.some(isGarbled) ? [...notes, GARBLED] : notes
  const changes = parts.map((part) => ({ label: labelOf(part), before: part.before, after: part.after }))
  return { ...(said.length > 0 && { summary: said.join(' ') }), changes }
}

const isGarbled = ({ before, after }: DiffPart) => /[\0\uFFFD]/.test(`${before}${after}`)
const GARBLED = 'It holds bytes that are no text: they cannot be shown as they are.'

function labelOf({ file, from, column = 1 }: DiffPart): string {
  const signs = [...file]
  const name = signs.length > MAX_LABEL ? `…${signs.slice(1 - MAX_LABEL).join('')}` : file || 'A file'
  const line = from > 1 || column > 1 ? `, from line ${from}` : ''
  return `${name}${line}${column > 1 ? `, character ${column}` : ''}`
}

const number = new Intl.NumberFormat('en')

function cutWords(shown: readonly DiffPart[], parts: readonly DiffPart[]): string {
  const of = (side: 'before' | 'after') =>
    `${number.format(sizeOn(side, shown))} of ${number.format(sizeOn(side, parts))} characters ${side}`
  return `This preview is cut: it shows the beginning of what differs, ${of('before')} and ${of('after')}. Read the rest before you approve.`
}

const sizeOn = (side: 'before' | 'after', parts: readonly DiffPart[]) =>
  parts.reduce((sum, part) => sum + (part[side]?.length ?? 0), 0)
const sizeOf = (part?: DiffPart) => (part ? sizeOn('before', [part]) + sizeOn('after', [part]) : 0)

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** The parts of a text that differ; the whole where it is too long to compare. */
function differing(whole: DiffPart): readonly DiffPart[] {
  const { file, from, before, after } = whole
  if (before === after) return []
  if (before === null || after === null) return [whole]
  if (Math.max(before.split('\n').length, after.split('\n').length) > MAX_LINES) return [whole]
  const patch = createTwoFilesPatch('', '', before, after, '', '', { context: 3, maxEditLength: MAX_DIFFERENT })
  const parts = patch === undefined ? undefined : readDiff(patch)
  return parts?.map((part) => ({ ...part, file, from: from + part.from - 1 })) ?? [whole]
}

/** The first parts that there is room for; the last one is cut. */
function firstOf(parts: readonly DiffPart[]): readonly DiffPart[] {
  const shown: DiffPart[] = []
  let left = MAX_BYTES
  for (const part of parts) {
    const bytes = bytesOf(part)
    if (bytes > left) return [...shown, beginning(part, left)]
    shown.push(part)
    left -= bytes
  }
  return shown
}

/** What one side does not need is the other’s. */
function beginning(part: DiffPart, bytes: number): DiffPart {
  const near = fromDifference(part)
  const half = (text: string | null) => Math.min(bytes / 2, bytesOf(text))
  return {
    ...near,
    before: near.before && cutAt(near.before, bytes - half(near.after)),
    after: near.after && cutAt(near.after, bytes - half(near.before)),
  }
}

/** Leaves out what both texts begin with, up to the line that differs, or shortly before the place in a long line. */
function fromDifference(part: DiffPart): DiffPart {
  const { before, after, from } = part
  if (before === null || after === null) return part
  const same = sharedLength(before, after)
  const line = before.lastIndexOf('\n', same - 1) + 1
  const start = same - line > 2 * AHEAD ? wholeSign(before, same - AHEAD) : line
  return {
    ...part,
    from: from + before.slice(0, start).split('\n').length - 1,
    column: start - line + 1,
    before: before.slice(start),
    after: after.slice(start),
  }
}

function sharedLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let at = 0
  while (at < most && one.charCodeAt(at) === other.charCodeAt(at)) at++
  return at
}

/** Not between the two halves of a sign. */
const wholeSign = (text: string, at: number): number => (/^[\uDC00-\uDFFF]/.test(text.slice(at, at + 1)) ? at - 1 : at)

function cutAt(text: string, bytes: number): string {
  let left = bytes - 2
  let end = 0
  let lines = 0
  for (const sign of text) {
    left -= bytesOf(sign) - 2
    if (sign === '\n') lines++
    if (left < 0 || lines >= MAX_CUT_LINES) return text.slice(0, end)
    end += sign.length
  }
  return text
}
