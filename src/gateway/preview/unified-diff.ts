/**
 * Reads a unified diff, as dry runs answer with: each part of it as the lines before and after. Strict: a text that holds
 * anything else is none, so that nothing which a server wrote is left out of what people see.
 */
export interface DiffPart {
  readonly file: string
  /** Number of the first line, from 1. */
  readonly from: number
  /** Number of the first character in its line, from 1. */
  readonly column?: number
  readonly before: string | null
  readonly after: string | null
}

const FENCE = /^(`{3,})diff\n/
const PART = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@$/
const MAX_PARTS = 100
const MAX_CHARACTERS = 1_000_000
const MAX_LINES = 20_000

/** Undefined where the text is not one diff alone, or is too long. In linear time. */
export function readDiff(text: string): readonly DiffPart[] | undefined {
  if (text.length > MAX_CHARACTERS) return undefined
  const lines = withoutLastLines(withoutFence(text)).split('\n', MAX_LINES + 1)
  if (lines.length > MAX_LINES) return undefined
  const found: DiffPart[] = []
  for (let at = 0; at < lines.length; ) {
    const head = headAt(lines, at)
    if (!head) return undefined
    at = head.next
    const before = found.length
    for (let part = partAt(lines, at, head.file); part; part = partAt(lines, at, head.file)) {
      if (found.push(part.found) > MAX_PARTS) return undefined
      at = part.next
    }
    if (found.length === before) return undefined
  }
  return found
}

function withoutFence(text: string): string {
  const [head = '', fence = ''] = FENCE.exec(text) ?? []
  const fenced = text.trimEnd()
  if (head === '' || !fenced.endsWith(fence) || fenced.length < head.length + fence.length) return text
  return fenced.slice(head.length, -fence.length)
}

function withoutLastLines(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n') end--
  return text.slice(0, end)
}

/** `next`: the line after it. */
function headAt(lines: readonly string[], from: number): { readonly file: string; readonly next: number } | undefined {
  let at = from
  if (lines[at]?.startsWith('Index: ')) at++
  if (/^={3,}$/.test(lines[at] ?? '')) at++
  const [old, fresh] = [nameIn(lines[at], '--- '), nameIn(lines[at + 1], '+++ ')]
  if (old === undefined || fresh === undefined) return undefined
  return { file: old === fresh ? fresh : `${old} → ${fresh}`, next: at + 2 }
}

/** Without the time behind it. */
const nameIn = (line: string | undefined, mark: string): string | undefined =>
  line?.startsWith(mark) ? line.slice(mark.length).split('\t', 1)[0] : undefined

/** Takes exactly the lines that its head counts. */
function partAt(
  lines: readonly string[],
  from: number,
  file: string,
): { readonly found: DiffPart; readonly next: number } | undefined {
  const [head, number = '', old = '1', fresh = '1'] = PART.exec(lines[from] ?? '') ?? []
  if (head === undefined) return undefined
  const sides = { before: createSide(Number(old)), after: createSide(Number(fresh)) }
  let at = from + 1
  let last: readonly Side[] = []
  for (; lines[at] === NO_NEWLINE || sides.before.missing > 0 || sides.after.missing > 0; at++) {
    const line = lines[at] ?? ''
    if (line === NO_NEWLINE) for (const side of last) side.isOpen = true
    else {
      last = sidesOf(line, sides)
      if (last.length === 0 || last.some(({ missing }) => missing === 0)) return undefined
      for (const side of last) add(side, line.slice(1))
    }
  }
  const isOpenAlike = sides.before.isOpen === sides.after.isOpen
  const textOf = ({ lines: own, isOpen }: Side) =>
    own.length === 0 ? null : `${own.join('\n')}${isOpenAlike || isOpen ? '' : '\n'}`
  const found = { file, from: Number(number), before: textOf(sides.before), after: textOf(sides.after) }
  return { found, next: at }
}

const NO_NEWLINE = '\\ No newline at end of file'

interface Side {
  readonly lines: string[]
  /** Lines that its head counts, and that did not come yet. */
  missing: number
  /** Whether the file ends without a new line here. */
  isOpen: boolean
}

const createSide = (missing: number): Side => ({ lines: [], missing, isOpen: false })

function add(side: Side, line: string): void {
  side.lines.push(line)
  side.missing--
}

function sidesOf(line: string, { before, after }: { readonly before: Side; readonly after: Side }): readonly Side[] {
  if (line.startsWith('-')) return [before]
  if (line.startsWith('+')) return [after]
  return line.startsWith(' ') ? [before, after] : []
}
