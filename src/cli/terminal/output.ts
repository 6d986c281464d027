/**
 * The output of a command: its result on stdout, progress and questions on stderr.
 *
 * With `--json`, stdout carries exactly one JSON document and nothing else.
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
  /** A line of progress, to stderr. */
  readonly note: (line: string) => void
}

interface OutputOptions extends Pick<Output, 'json' | 'stdout' | 'stderr'> {
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function createOutput({ json, stdout, stderr, environment }: OutputOptions): Output {
  const paint = paintFor(stdout, environment)
  const result = (value: unknown, text: string) =>
    void stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`)
  return {
    json,
    stdout,
    stderr,
    paint,
    notePaint: paintFor(stderr, environment),
    result,
    done: (value, text) => result(value, `${paint.green('✔')} ${text}`),
    note: (line) => stderr.write(`${line}\n`),
  }
}

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
