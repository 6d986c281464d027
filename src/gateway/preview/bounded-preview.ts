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
/** Characters and lines of all that is compared, lines that may differ, and comparisons of two lines. */
const MAX_COMPARED = 1024 * 1024
const MAX_LINES = 20_000
const MAX_DIFFERENT = 200
const MAX_COMPARISONS = 2_000_000
/** Lines of each side of a part that is cut. */
const MAX_CUT_LINES = 200
/** Characters of a long line that are shown ahead of its difference. */
const AHEAD = 200

/** Its work is linear in the texts, and small beside reading them. */
export function boundedPreview(given: readonly DiffPart[]): Preview {
  const whole = given.map((part) => ({ ...part, file: nameOf(part) }))
  if (hasRoom(whole, MAX_BYTES)) return previewOf(whole, [])
  const parts = differing(whole)
  const shown = firstOf(parts)
  const cut = shown.length < parts.length || sizeOf(...shown) < sizeOf(...parts)
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
  const line = from > 1 || column > 1 ? `, from line ${from}` : ''
  return `${file}${line}${column > 1 ? `, character ${column}` : ''}`
}

/** The end of a long one. */
function nameOf({ file }: DiffPart): string {
  const signs = [...file.slice(-2 * MAX_LABEL)]
  const isLong = file.length > 2 * MAX_LABEL || signs.length > MAX_LABEL
  return isLong ? `…${signs.slice(1 - MAX_LABEL).join('')}` : file || 'A file'
}

const number = new Intl.NumberFormat('en')

function cutWords(shown: readonly DiffPart[], parts: readonly DiffPart[]): string {
  const of = (side: 'before' | 'after') =>
    `${number.format(sizeOn(side, shown))} of ${number.format(sizeOn(side, parts))} characters ${side}`
  return `This preview is cut: it shows the beginning of what differs, ${of('before')} and ${of('after')}. Read the rest before you approve.`
}

const sizeOn = (side: 'before' | 'after', parts: readonly DiffPart[]) =>
  parts.reduce((sum, part) => sum + (part[side]?.length ?? 0), 0)
const sizeOf = (...parts: readonly DiffPart[]) => sizeOn('before', parts) + sizeOn('after', parts)

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** A long text is not written as JSON to be measured: each character is a byte at least. */
const hasRoom = (parts: readonly DiffPart[], bytes: number): boolean =>
  sizeOf(...parts) <= bytes && bytesOf(parts) <= bytes

/** The parts of all texts that differ; the whole of each where they are too long to compare. */
function differing(all: readonly DiffPart[]): readonly DiffPart[] {
  const changed = all.filter(({ before, after }) => before !== after)
  const lines = sizeOf(...changed) > MAX_COMPARED ? Number.POSITIVE_INFINITY : linesIn(changed)
  if (lines > MAX_LINES) return changed
  // Each edit shifts the sides against each other by a line, either way, and each shift compares each line once at most.
  const most = Math.min(MAX_DIFFERENT / changed.length, MAX_COMPARISONS / (2 * lines))
  return changed.flatMap((part) => compared(part, Math.ceil(most)))
}

function linesIn(parts: readonly DiffPart[]): number {
  const linesOf = (text: string | null) => text?.split('\n', MAX_LINES + 1).length ?? 0
  return parts.reduce((sum, { before, after }) => sum + Math.max(linesOf(before), linesOf(after)), 0)
}

function compared(whole: DiffPart, maxEditLength: number): readonly DiffPart[] {
  const { file, from, before, after } = whole
  if (before === null || after === null) return [whole]
  const patch = createTwoFilesPatch('', '', before, after, '', '', { context: 3, maxEditLength })
  const parts = patch === undefined ? undefined : readDiff(patch)
  return parts?.map((part) => ({ ...part, file, from: from + part.from - 1 })) ?? [whole]
}

/** The first parts that there is room for; the last one is cut. */
function firstOf(parts: readonly DiffPart[]): readonly DiffPart[] {
  const shown: DiffPart[] = []
  let left = MAX_BYTES
  for (const part of parts) {
    if (!hasRoom([part], left)) return [...shown, beginning(part, left)]
    shown.push(part)
    left -= bytesOf(part)
  }
  return shown
}

/** What one side does not need is the other’s. */
function beginning(part: DiffPart, bytes: number): DiffPart {
  const near = fromDifference(part)
  const half = (text: string | null) => Math.min(bytes / 2, bytesOf(text?.slice(0, bytes) ?? null))
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
  const { same, line, lines } = shared(before, after)
  const start = same - line > 2 * AHEAD ? wholeSign(before, same - AHEAD) : line
  return {
    ...part,
    from: from + lines,
    column: start - line + 1,
    before: before.slice(start),
    after: after.slice(start),
  }
}

/** How much two texts begin with alike: characters, the place where the last line of these begins, and lines ahead of it. */
function shared(one: string, other: string) {
  const most = Math.min(one.length, other.length)
  let [same, line, lines] = [0, 0, 0]
  for (; same < most && one.charCodeAt(same) === other.charCodeAt(same); same++)
    if (one.charCodeAt(same) === NEW_LINE) {
      line = same + 1
      lines++
    }
  return { same, line, lines }
}

const NEW_LINE = 10

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
