/** Colour for terminals, and plain text for pipes, NO_COLOR and TERM=dumb. https://no-color.org */
export interface Paint {
  /** False for plain text: then no style is written. */
  readonly styled: boolean
  /** The width of the terminal; undefined for a pipe, which has none. */
  readonly columns: number | undefined
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly green: (text: string) => string
  readonly red: (text: string) => string
  readonly cyan: (text: string) => string
}

interface PaintedStream {
  readonly isTTY?: boolean
  readonly columns?: number
}

type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_COLUMNS = 80

export function paintFor(stream: PaintedStream, environment: Environment): Paint {
  const styled = Boolean(stream.isTTY) && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
  const style = (on: number, off: number) => (text: string) => (!styled ? text : `\u001B[${on}m${text}\u001B[${off}m`)
  const columns = Number(environment['COLUMNS']) || stream.columns || DEFAULT_COLUMNS
  return {
    styled,
    columns: stream.isTTY ? columns : undefined,
    bold: style(1, 22),
    dim: style(2, 22),
    green: style(32, 39),
    red: style(31, 39),
    cyan: style(36, 39),
  }
}

/**
 * Makes text from elsewhere harmless to a terminal: control characters, line breaks and those that reorder or hide
 * text are written out as `\u{…}`.
 */
export const visible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  )
