/** Aligned text for terminals: facts as `label  value`, lists as columns. Values from elsewhere are made visible. */
import { type Paint, visible } from './paint.ts'

export type Fact = readonly [label: string, value: string]

/** One fact a line, the values in one column. */
export function facts(rows: readonly Fact[], paint: Paint): string {
  const shown = rows.map((row) => row.map(visible))
  const width = Math.max(...shown.map(([label = '']) => label.length))
  return shown.map(([label = '', value = '']) => `  ${paint.dim(label.padEnd(width))}  ${value}`).join('\n')
}

/** A header and its rows; `nothing` is what it says instead of an empty table. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { paint, nothing }: { readonly paint: Paint; readonly nothing: string },
): string {
  if (rows.length === 0) return nothing
  const cells = rows.map((row) => row.map(visible))
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [paint.dim(line(header)), ...cells.map(line)].join('\n')
}
