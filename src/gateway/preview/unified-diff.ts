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

const FENCE = /^(`{3,})diff\n([\s\S]*?)\n?\1\s*$/
const AHEAD = /^(?:Index: .*\n)?(?:={3,}\n)?--- ([^\t\n]*)(?:\t[^\n]*)?\n\+\+\+ ([^\t\n]*)(?:\t[^\n]*)?\n/
const PART = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@\n/
const MAX_PARTS = 100

/** Undefined where the text is not one diff alone. */
export function readDiff(text: string): readonly DiffPart[] | undefined {
  const [, , fenced = text] = FENCE.exec(text) ?? []
  let rest = `${fenced.replace(/\n+$/, '')}\n`
  const found: DiffPart[] = []
  while (rest !== '') {
    const [ahead, old = '', fresh = ''] = AHEAD.exec(rest) ?? []
    if (ahead === undefined) return undefined
    rest = rest.slice(ahead.length)
    const file = old === fresh ? fresh : `${old} → ${fresh}`
    const before = found.length
    for (let part = takePart(rest, file); part; part = takePart(rest, file)) {
      if (found.push(part.found) > MAX_PARTS) return undefined
      rest = part.rest
    }
    if (found.length === before) return undefined
  }
  return found
}

/** Takes exactly the lines that its head counts. */
function takePart(text: string, file: string): { readonly found: DiffPart; readonly rest: string } | undefined {
  const [head, from = '', old = '1', fresh = '1'] = PART.exec(text) ?? []
  if (head === undefined) return undefined
  const sides = { before: createSide(Number(old)), after: createSide(Number(fresh)) }
  const lines = text.slice(head.length).split('\n')
  let taken = 0
  let last: readonly Side[] = []
  for (; lines[taken] === NO_NEWLINE || sides.before.missing > 0 || sides.after.missing > 0; taken++) {
    const line = lines[taken] ?? ''
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
  const found = { file, from: Number(from), before: textOf(sides.before), after: textOf(sides.after) }
  return { found, rest: lines.slice(taken).join('\n') }
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
