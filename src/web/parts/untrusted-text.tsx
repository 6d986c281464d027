/**
 * Text from agents, executors and people, shown so that it can neither hide nor move anything: its direction isolated,
 * invisible characters named, lookalike words marked.
 */
import { useContext } from 'hono/jsx'
import { raw } from 'hono/utils/html'
import { readable } from '../../domain/action/character-names.ts'
import type { Segment } from '../../domain/action/describe.ts'
import { revealHidden } from '../../domain/action/hidden-characters.ts'
import type { Piece } from '../../domain/action/lookalikes.ts'
import { Budget } from './page-budget.ts'
import { count } from './wording.ts'

interface UntrustedTextProps {
  readonly text: string
  /** Most characters to show. Only where the page shows the whole text elsewhere. */
  readonly limit?: number
  /** Line feeds as line breaks (`kept`, never cut), or as a visible sign in running text. */
  readonly lines?: 'kept' | 'marked'
  /** A whole name or value, whose blanks at its beginning and end are shown. */
  readonly whole?: boolean
}

export function UntrustedText({
  text,
  limit = Number.POSITIVE_INFINITY,
  lines = 'marked',
  whole = false,
}: UntrustedTextProps) {
  const budget = useContext(Budget)
  const shown = firstCharacters(text, limit)
  const pieces = revealHidden(shown, { most: budget?.marks, edges: whole })
  if (budget) budget.marks -= Math.min(budget.marks, pieces.filter(({ kind }) => kind !== 'plain').length)
  const html = raw(pieces.map((piece) => htmlOf(piece, lines)).join(''))
  // A block resolves its direction line by line; an isolate inside would hide the text from that.
  if (lines === 'kept') return <>{html}</>
  return (
    <bdi>
      {html}
      {shown === text ? null : <span class="cut">… {count(lengthOf(text), 'character')} in all</span>}
    </bdi>
  )
}

/** Texts may be long: neither function makes a list of all characters. */
function firstCharacters(text: string, limit: number): string {
  return text.length <= limit ? text : [...text.slice(0, 2 * limit)].slice(0, limit).join('')
}

export function lengthOf(text: string): number {
  let pairs = 0
  for (let at = 1; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) pairs++
  return text.length - pairs
}

/** Written as text: a hostile value has thousands of pieces, and an element tree of them takes twenty times as long. */
function htmlOf(piece: Piece, lines: 'kept' | 'marked'): string {
  const name = piece.kind === 'plain' ? '' : escaped(piece.name)
  switch (piece.kind) {
    case 'plain':
      return lines === 'kept' ? escaped(piece.text) : escaped(piece.text).replaceAll('\n', NEWLINE)
    case 'blank': {
      const mark = `<mark class="blanks${piece.alarming ? ' alarming' : ''}" title="${name}">${escaped(piece.label)}</mark>`
      const end = lines === 'kept' ? '\n' : NEWLINE
      return piece.text.startsWith('\n') ? `${end}${mark}${end}` : mark
    }
    case 'lookalike':
      return `<mark class="lookalike" title="${name}">${escaped(piece.text)}<span class="sr-only"> (${readable(name)})</span></mark>`
    default: {
      const alarm = `${piece.kind === 'crowd' ? ' crowd' : ''}${piece.alarming ? ' alarming' : ''}`
      return `<mark class="hidden-char${alarm}" title="${name}">${escaped(piece.label)}<span class="sr-only"> ${readable(name)}</span></mark>`
    }
  }
}

const NEWLINE = '<span class="newline">↵ </span>'

/** In one piece: `escapeToBuffer` leaves a piece for each sign, which the last turn of a page would put together. */
const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;')

/** The sentence of an action: the executor's words as they are, values from the call marked. */
export const Sentence = ({ segments, limit }: { segments: readonly Segment[]; limit: number }) => (
  <>
    {segments.map((segment) =>
      segment.from === 'argument' ? (
        <em class="value">
          <UntrustedText text={segment.text} limit={limit} whole />
        </em>
      ) : (
        <span class={segment.from === 'missing' ? 'missing' : undefined}>
          <UntrustedText text={segment.text} />
        </span>
      ),
    )}
  </>
)
