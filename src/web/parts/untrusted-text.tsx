/**
 * Text from agents, executors and people, shown so that it can neither hide nor move anything: its direction isolated,
 * invisible characters named, lookalike words marked.
 */
import type { Segment } from '../../domain/action/describe.ts'
import { revealHidden } from '../../domain/action/hidden-characters.ts'
import type { Piece } from '../../domain/action/lookalikes.ts'
import { count } from './wording.ts'

interface UntrustedTextProps {
  readonly text: string
  /** Most characters to show. Only where the page shows the whole text elsewhere. */
  readonly limit?: number
  /** Line feeds as line breaks (`kept`, never cut), or as a visible sign in running text. */
  readonly lines?: 'kept' | 'marked'
}

export function UntrustedText({ text, limit = Number.POSITIVE_INFINITY, lines = 'marked' }: UntrustedTextProps) {
  const length = [...text].length
  const pieces = revealHidden(length > limit ? [...text].slice(0, limit).join('') : text)
  const shown = pieces.map((piece) => <Shown piece={piece} lines={lines} />)
  // A block resolves its direction line by line; an isolate inside would hide the text from that.
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

/** The sentence of an action: the executor's words as they are, values from the call marked. */
export const Sentence = ({ segments, limit }: { segments: readonly Segment[]; limit: number }) => (
  <>
    {segments.map((segment) =>
      segment.from === 'argument' ? (
        <em class="value">
          <UntrustedText text={segment.text} limit={limit} />
        </em>
      ) : (
        <span class={segment.from === 'missing' ? 'missing' : undefined}>
          <UntrustedText text={segment.text} />
        </span>
      ),
    )}
  </>
)
