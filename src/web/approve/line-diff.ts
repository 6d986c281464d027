/**
 * The difference of two texts as lines, with the changed words of a changed line marked. Texts that take more than the
 * comparisons allowed come out as all removed, all added: never as unchanged, never cut.
 */
import { diffArrays } from 'diff'

export interface Run {
  readonly text: string
  /** Whether these words changed within their line. */
  readonly changed: boolean
}

export interface Line {
  readonly kind: 'added' | 'removed' | 'same'
  readonly runs: readonly Run[]
}

/** Counts down; at zero nothing is compared any more. */
export interface Effort {
  comparisons: number
}

const ENOUGH = 240_000

export function lineDiff(
  before: string | null,
  after: string | null,
  effort: Effort = { comparisons: ENOUGH },
): Line[] {
  const old = linesOf(before)
  if (before === after) return marked('same', old)
  const young = linesOf(after)
  const changes = compare(old, young, effort)
  if (!changes) return [...marked('removed', old), ...marked('added', young)]
  return changes.flatMap(({ kind, tokens }, at) => {
    const next = changes[at + 1]
    if (kind === 'removed' && next?.kind === 'added') return compareBlocks(tokens, next.tokens, effort)
    return kind === 'added' && changes[at - 1]?.kind === 'removed' ? [] : marked(kind, tokens)
  })
}

const linesOf = (text: string | null): string[] => (text === null ? [] : text.split('\n'))

const marked = (kind: Line['kind'], lines: readonly string[]): Line[] =>
  lines.map((text) => ({ kind, runs: [{ text, changed: false }] }))

interface Change {
  readonly kind: Line['kind']
  readonly tokens: readonly string[]
}

/** Two tokens that differ make a new path, which takes longer than following one. */
const DIFFERENT_COSTS = 8
const EXHAUSTED = new Error('No comparisons are left')

/** The changes that turn one list into the other; undefined where they take more comparisons than are left. */
function compare(old: readonly string[], young: readonly string[], effort: Effort): Change[] | undefined {
  const known = new Map<string, number>()
  const oldNumbers = numbersOf(old, known)
  const youngNumbers = numbersOf(young, known)
  const tokens = [...known.keys()]
  const comparator = (left: number, right: number): boolean => {
    effort.comparisons -= left === right ? 1 : DIFFERENT_COSTS
    if (effort.comparisons < 0) throw EXHAUSTED
    return left === right
  }
  try {
    // The search visits up to half the square of the edit length in places, not all of which it compares.
    const maxEditLength = Math.floor(Math.sqrt((2 * effort.comparisons) / DIFFERENT_COSTS))
    const changes = diffArrays(oldNumbers, youngNumbers, { comparator, maxEditLength })
    if (!changes) throw EXHAUSTED
    return changes.map(({ added, removed, value }) => ({
      kind: added ? 'added' : removed ? 'removed' : 'same',
      tokens: value.map((number) => tokens[number] ?? ''),
    }))
  } catch (error) {
    if (error !== EXHAUSTED) throw error
    effort.comparisons = 0
    return undefined
  }
}

/**
 * Numbers for tokens, in the order in which they are met: comparing two takes the same time however long they are and
 * however far they agree.
 */
const numbersOf = (tokens: readonly string[], known: Map<string, number>): number[] =>
  tokens.map((token) => {
    const number = known.get(token) ?? known.size
    known.set(token, number)
    return number
  })

/** Blocks of equal length are compared line by line and word by word; other blocks stay whole. */
function compareBlocks(old: readonly string[], young: readonly string[], effort: Effort): Line[] {
  if (old.length !== young.length) return [...marked('removed', old), ...marked('added', young)]
  const pairs = old.map((text, at) => compareWords(text, young[at] ?? '', effort))
  return [...pairs.map(([removed]) => removed), ...pairs.map(([, added]) => added)]
}

const WORDS = /[\p{L}\p{M}\p{N}_]+|\s+|[^\p{L}\p{M}\p{N}_\s]/gu

function compareWords(old: string, young: string, effort: Effort): [removed: Line, added: Line] {
  const changes = compare(old.match(WORDS) ?? [], young.match(WORDS) ?? [], effort) ?? []
  const words = changes.map(({ kind, tokens }) => ({ kind, text: tokens.join('') }))
  const kept = words.reduce((sum, { kind, text }) => (kind === 'same' ? sum + text.length : sum), 0)
  const alike = kept * 2 >= Math.min(old.length, young.length) && kept > 0
  const runs = (without: Line['kind'], whole: string): Run[] =>
    alike
      ? words.filter(({ kind }) => kind !== without).map(({ kind, text }) => ({ text, changed: kind !== 'same' }))
      : [{ text: whole, changed: false }]
  return [
    { kind: 'removed', runs: runs('added', old) },
    { kind: 'added', runs: runs('removed', young) },
  ]
}

export type Stretch = { readonly folded: boolean; readonly lines: readonly Line[] }

/** Groups lines so that long unchanged stretches can be folded, `context` lines staying around each change. */
export function foldUnchanged(lines: readonly Line[], context = 3): Stretch[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some((line) => line.kind !== 'same'),
  )
  const stretches: { folded: boolean; lines: Line[] }[] = []
  lines.forEach((line, at) => {
    const folded = !near[at]
    const last = stretches.at(-1)
    if (last && last.folded === folded) last.lines.push(line)
    else stretches.push({ folded, lines: [line] })
  })
  return stretches.map((stretch) => (stretch.lines.length < 3 ? { ...stretch, folded: false } : stretch))
}

/** The same text in few lines: neighbours of one kind become one, with line feeds inside. */
export function joinNeighbours(lines: readonly Line[]): Line[] {
  const blocks: { kind: Line['kind']; texts: string[] }[] = []
  for (const { kind, runs } of lines) {
    const text = runs.map((run) => run.text).join('')
    const last = blocks.at(-1)
    if (last?.kind === kind) last.texts.push(text)
    else blocks.push({ kind, texts: [text] })
  }
  return blocks.map(({ kind, texts }) => ({ kind, runs: [{ text: texts.join('\n'), changed: false }] }))
}

export interface ShownLine extends Line {
  /** How many blank lines it stands for; 0 for a line of its own. */
  readonly blank: number
}

const MOST_BLANK = 3

/** Longer runs of blank lines of one kind become one line that counts them: they would hide what follows. */
export function foldBlankLines(lines: readonly Line[]): readonly ShownLine[] {
  const shown: ShownLine[] = []
  for (let at = 0; at < lines.length; ) {
    const blank = blankFrom(lines, at)
    const length = blank > MOST_BLANK ? blank : 1
    const [line] = lines.slice(at, at + 1)
    if (line) shown.push(length === 1 ? { ...line, blank: 0 } : { kind: line.kind, runs: [], blank })
    at += length
  }
  return shown
}

function blankFrom(lines: readonly Line[], from: number): number {
  const kind = lines[from]?.kind
  let end = from
  while (lines[end]?.kind === kind && lines[end]?.runs.every(({ text }) => text.trim() === '')) end++
  return end - from
}
