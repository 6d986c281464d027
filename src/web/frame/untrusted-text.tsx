/**
 * Text that somebody else chose, shown so that it can neither hide nor move anything.
 *
 * In: any text. Out: the text, isolated in its direction, its invisible characters named, lookalike words marked.
 * With `limit` it is cut after so many characters and says how many there are: never silently.
 */
import type { Segment } from '../../domain/action/describe.ts'
import { revealHidden } from '../../domain/action/hidden-characters.ts'
import type { Piece } from '../../domain/action/text-piece.ts'
import { count } from './wording.ts'

interface SaidProps {
  readonly text: string
  /** Most characters to show; the rest is counted. Only where the whole stands elsewhere on the page. */
  readonly limit?: number
  /** Line feeds as lines (`kept`, never cut), or as a visible sign in running text. */
  readonly lines?: 'kept' | 'marked'
}

export function Said({ text, limit = Number.POSITIVE_INFINITY, lines = 'marked' }: SaidProps) {
  const length = [...text].length
  const pieces = revealHidden(length > limit ? [...text].slice(0, limit).join('') : text)
  const shown = pieces.map((piece) => <Shown piece={piece} lines={lines} />)
  // A block of lines finds its own direction, line by line; an isolate inside would hide the text from that.
  if (lines === 'kept') return <>{shown}</>
  return (
    <bdi>
      {shown}
      {length > limit ? <span class="cut">… {count(length, 'character')} in all</span> : null}
    </bdi>
  )
}

const Shown = ({ piece, lines }: { piece: Piece; lines: 'kept' | 'marked' }) => {
  if (piece.kind === 'plain') return <>{lines === 'kept' ? piece.text : markLines(piece.text)}</>
  const alarm = piece.alarming ? ' alarming' : ''
  if (piece.kind === 'lookalike')
    return (
      <mark class="lookalike" title={piece.name}>
        {piece.text}
        <span class="sr-only"> ({piece.name.toLowerCase()})</span>
      </mark>
    )
  return (
    <mark class={`hidden-char${alarm}`} title={piece.name}>
      {piece.label}
      <span class="sr-only"> {piece.name.toLowerCase()}</span>
    </mark>
  )
}

const markLines = (text: string) =>
  text.split('\n').map((line, index) => (
    <>
      {index > 0 ? <span class="newline">↵ </span> : null}
      {line}
    </>
  ))

/** The sentence of an action: the executor's words as they are, values from the call set apart. */
export const Sentence = ({ segments, limit }: { segments: readonly Segment[]; limit: number }) => (
  <>
    {segments.map((segment) =>
      segment.from === 'argument' ? (
        <em class="value">
          <Said text={segment.text} limit={limit} />
        </em>
      ) : (
        <span class={segment.from === 'missing' ? 'missing' : undefined}>
          <Said text={segment.text} />
        </span>
      ),
    )}
  </>
)
