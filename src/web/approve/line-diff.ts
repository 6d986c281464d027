/**
 * The difference of two texts as lines, with the changed words of a changed line marked. Texts too different to compare
 * in time come out as all removed, all added: never as unchanged, never cut.
 */
import { diffArrays, diffWordsWithSpace } from 'diff'

export interface Run {
  readonly text: string
  /** Whether these words changed within their line. */
  readonly changed: boolean
}

export interface Line {
  readonly kind: 'added' | 'removed' | 'same'
  readonly runs: readonly Run[]
}

const MAX_MS = 150

export function lineDiff(before: string | null, after: string | null): Line[] {
  const old = linesOf(before)
  const young = linesOf(after)
  const changes = diffArrays(old, young, { timeout: MAX_MS })
  if (!changes) return [...marked('removed', old), ...marked('added', young)]
  return changes.flatMap((change, at) => {
    if (!change.added && !change.removed) return marked('same', change.value)
    const next = changes[at + 1]
    if (change.removed && next?.added) return compareBlocks(change.value, next.value)
    return change.added && changes[at - 1]?.removed ? [] : marked(change.added ? 'added' : 'removed', change.value)
  })
}

const linesOf = (text: string | null): string[] => (text === null ? [] : text.split('\n'))

const marked = (kind: Line['kind'], lines: readonly string[]): Line[] =>
  lines.map((text) => ({ kind, runs: [{ text, changed: false }] }))

/** Blocks of equal length are compared line by line and word by word; other blocks stay whole. */
function compareBlocks(old: readonly string[], young: readonly string[]): Line[] {
  if (old.length !== young.length) return [...marked('removed', old), ...marked('added', young)]
  const pairs = old.map((text, at) => compareWords(text, young[at] ?? ''))
  return [...pairs.map(([removed]) => removed), ...pairs.map(([, added]) => added)]
}

function compareWords(old: string, young: string): [removed: Line, added: Line] {
  const words = diffWordsWithSpace(old, young, { timeout: MAX_MS }) ?? []
  const kept = words.filter((word) => !word.added && !word.removed).reduce((sum, word) => sum + word.value.length, 0)
  const alike = kept * 2 >= Math.min(old.length, young.length) && kept > 0
  const runs = (drop: 'added' | 'removed', whole: string): Run[] =>
    alike
      ? words.filter((word) => !word[drop]).map((word) => ({ text: word.value, changed: word.added || word.removed }))
      : [{ text: whole, changed: false }]
  return [
    { kind: 'removed', runs: runs('added', old) },
    { kind: 'added', runs: runs('removed', young) },
  ]
}

type Stretch = { readonly folded: boolean; readonly lines: readonly Line[] }

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
