/**
 * The output of a command: its result on stdout, progress and questions on stderr.
 *
 * With `--json`, stdout carries exactly one JSON document and nothing else. All of it passes the escape filter here:
 * much of it comes from another machine, and a terminal obeys what it is sent.
 */
import { renderUnicodeCompact } from 'uqr'
import { type Paint, paintFor, visible } from './paint.ts'

interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface Output {
  readonly json: boolean
  readonly stdout: Stream
  readonly stderr: Stream
  /** For what goes to stdout. */
  readonly paint: Paint
  /** For what goes to stderr. */
  readonly notePaint: Paint
  /** The command's result: `value` for programs, `text` for people. Called once. */
  readonly result: (value: unknown, text: string) => void
  /** A result that confirms something: its text gets a check mark. */
  readonly done: (value: unknown, text: string) => void
  /** A whole document, such as a page: for a file or another program as it is. */
  readonly document: (value: unknown, text: string) => void
  /** A line of progress, to stderr. */
  readonly note: (line: string) => void
}

interface OutputOptions extends Pick<Output, 'json' | 'stdout' | 'stderr'> {
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function createOutput({ json, stdout, stderr, environment }: OutputOptions): Output {
  const paint = paintFor(stdout, environment)
  const notePaint = paintFor(stderr, environment)
  const write = (value: unknown, text: string) => void stdout.write(`${json ? jsonText(value, 2) : text}\n`)
  const result = (value: unknown, text: string) => write(value, harmless(text, paint))
  return {
    json,
    stdout,
    stderr,
    paint,
    notePaint,
    result,
    done: (value, text) => result(value, `${paint.green('✔')} ${text}`),
    document: (value, text) => write(value, stdout.isTTY ? harmless(text, paint) : text),
    note: (line) => stderr.write(`${harmless(line, notePaint)}\n`),
  }
}

/** A line end, a tab, a style as `Paint` writes it, or a character that a terminal obeys or that hides or reorders others. */
const MEANT = /[\n\t]|\p{Cc}\[(?:1|2|22|31|32|36|39)m|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** The escape filter: only line ends, tabs, and styles where this output has any, still mean something to a terminal. */
export const harmless = (text: string, { styled }: Pick<Paint, 'styled'>): string =>
  text.replace(MEANT, (found) => {
    const isStyle = styled && found.startsWith('\u001B[')
    return found === '\n' || found === '\t' || isStyle ? found : visible(found)
  })

/** JSON of the same value, without a character that a terminal might obey. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(MEANT, (found) => (found === '\n' ? found : unicodeEscape(found)))

const unicodeEscape = (text: string): string =>
  text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/**
 * Shows a link, and on a terminal its QR code, so that the phone with the passkey can open it. `warning` is for links that carry authority, such as enrolment links.
 */
export function showLink(output: Output, title: string, link: string, warning?: string): void {
  const { notePaint: paint } = output
  output.note(`\n  ${title}\n  ${paint.bold(paint.cyan(visible(link)))}`)
  if (warning !== undefined) output.note(`  ${paint.red(warning)}`)
  if (output.stderr.isTTY && !output.json) output.note(`\n${indented(renderUnicodeCompact(link, { border: 1 }))}`)
  output.note('')
}

const indented = (text: string) => text.replace(/^/gm, '  ')
