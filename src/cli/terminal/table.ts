/**
 * Aligned text: facts as `label  value`, lists as columns. Values from elsewhere are made visible.
 *
 * On a terminal both fit its width: cells wrap at blanks, and a table too wide for that becomes a list of records. Nothing
 * is shortened, and a pipe gets one line a row.
 */
import { displayWidth, padded, wrapped } from './display-width.ts'
import { type Paint, visible } from './paint.ts'

export type Fact = readonly [label: string, value: string]

/** One fact a line, the values in one column. */
export function facts(rows: readonly Fact[], paint: Paint): string {
  const shown = rows.map((row) => row.map(visible))
  const width = Math.max(...shown.map(([label = '']) => displayWidth(label)))
  const indent = ' '.repeat(width + 4)
  return shown
    .map(([label = '', value = '']) => {
      const lines = wrapped(value, (paint.columns ?? Number.POSITIVE_INFINITY) - indent.length)
      return `  ${paint.dim(padded(label, width))}  ${lines.join(`\n${indent}`)}`
    })
    .join('\n')
}

type Row = readonly string[]

/** A header and its rows; `nothing` is what it says instead of an empty table. */
export function table(
  header: Row,
  rows: readonly Row[],
  { paint, nothing }: { readonly paint: Paint; readonly nothing: string },
): string {
  if (rows.length === 0) return nothing
  const cells = rows.map((row) => row.map(visible))
  const widths = columnWidths([header, ...cells], paint.columns)
  if (widths === undefined) return cells.map((row) => record(header, row, paint)).join('\n\n')
  return [paint.dim(lineOf(header, widths)), ...cells.map((row) => linesOf(row, widths))].join('\n')
}

const record = (header: Row, row: Row, paint: Paint): string =>
  facts(
    header.map((title, column) => [title, row[column] ?? '']),
    paint,
  )

const GAP = '  '

/** The widest columns give way first, each down to its longest word; undefined where that is not enough. */
function columnWidths(rows: readonly Row[], most = Number.POSITIVE_INFINITY): number[] | undefined {
  const [header = []] = rows
  const columns = header.map((_, column) => {
    const cells = rows.map((row) => row[column] ?? '')
    return { width: widest(cells), least: widest(cells.flatMap((cell) => cell.split(' '))) }
  })
  const total = () => columns.reduce((sum, { width }) => sum + width, GAP.length * (columns.length - 1))
  while (total() > most) {
    const [giving] = columns.filter(({ width, least }) => width > least).sort((a, b) => b.width - a.width)
    if (giving === undefined) return undefined
    giving.width--
  }
  return columns.map(({ width }) => width)
}

const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0)

function linesOf(row: Row, widths: readonly number[]): string {
  const cells = widths.map((width, column) => wrapped(row[column] ?? '', width))
  const height = Math.max(...cells.map(({ length }) => length))
  return Array.from({ length: height }, (_, at) =>
    lineOf(
      cells.map((lines) => lines[at] ?? ''),
      widths,
    ),
  ).join('\n')
}

const lineOf = (cells: Row, widths: readonly number[]): string =>
  widths
    .map((width, column) => padded(cells[column] ?? '', width))
    .join(GAP)
    .trimEnd()
